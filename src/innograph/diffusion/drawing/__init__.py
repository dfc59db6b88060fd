"""Drawings of diffusion as SVG: pure functions on arrays, the same bytes for the same numbers.

One module a kind of drawing; each gives a `Drawing`, which stands alone as a file or in a page.
`measures` draws the tables of the measures. What a drawing says is escaped, told apart by more than
colour, and fit for paper, for a dark screen and for one of 400 pixels.
"""

from .svg import Caption, Drawing, Words

__all__ = ["Caption", "Drawing", "Words"]
