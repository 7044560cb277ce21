"""The story that Liandong exists for, played through the public HTTP API alone."""
