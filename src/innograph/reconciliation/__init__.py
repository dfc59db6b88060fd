"""Which names stand for the same actor, and which innovations may be the same.

A name is held against lists; what is certain becomes a link, the rest a candidate for a person.
Links and candidates are dossiers of a contributor of their own, so that each can be withdrawn.
"""
