"""One module a command of ``liandong``; each holds a click command named ``command``."""
