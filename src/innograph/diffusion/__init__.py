"""Measures of diffusion over adoption events: pure functions on arrays, no web, no RDF.

`events` and `networks` hold what is told as arrays; one module a family of measures computes on
them; `study` and `tables` put a question about both into rows that say how surely each is known.
Times are numbers: the index of a period (a year, a month, a day), or what a researcher's file
counts in. NaN as the time of an administration says that no adoption is known.
"""
