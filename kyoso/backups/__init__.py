"""The backup of a site as one file, and its way back. Knows the database and folders, no app.

An archive is an uncompressed tar: `files/<place>/…`, `database.dump`, `manifest.json`, and last the `seal`,
the SHA-256 of every byte before it. What is in it and what is not: docs/backup.md.
"""


class BackupError(Exception):
    """A backup or restore that cannot be done; the text is a sentence for the person at the keyboard."""
