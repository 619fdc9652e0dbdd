"""The organisation master: 1,788 local bodies and the national agencies, as committed CSV files."""
