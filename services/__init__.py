"""The services of Liandong. They meet only through events."""
