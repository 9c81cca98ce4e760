"""AWS rules as pure functions: data in, effects out; no threads, files, clock or network."""
