"""What outsiders build on, described from the code itself: OpenAPI of the HTTP API, AsyncAPI of the events."""
