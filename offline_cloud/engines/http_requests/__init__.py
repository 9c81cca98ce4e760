"""HTTP in front of functions: a request becomes an event, a result becomes an answer; CORS; signatures.

Pure, and without a word of function URLs, so that an HTTP API can stand on the same ground.
"""
