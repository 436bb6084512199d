"""Opening a report: encodings, workbooks, the header."""
