"""What linkage decides: whom a win reaches, and what opportunities that brings to those it reaches."""
