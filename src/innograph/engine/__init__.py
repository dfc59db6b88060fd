"""The process that holds the public graph, and the query workers that it forks.

One process follows the ledger and never answers; each worker is a copy of it at one revision that
answers one request at a time. A worker that lasts too long is killed, one that wants too much
memory dies, and the next takes its place: pyoxigraph can stop a query in no other way.
"""
