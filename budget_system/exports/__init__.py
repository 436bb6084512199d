"""Tables as files: CSV and workbooks."""
