"""The desk: the pages where each team looks and works, made from every service's events; it records nothing itself."""
