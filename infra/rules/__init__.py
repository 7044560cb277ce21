"""Bundle rules as files: read and checked with line numbers, written, and tried over the bank's customers (rule B2)."""
