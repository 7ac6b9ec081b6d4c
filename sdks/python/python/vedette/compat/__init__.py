"""The words of other systems, each under its own module paths and defaults, recorded by Vedette.

Change the import, nothing else. Whatever hosted address the original would use, these write to the server
that ``VEDETTE_ENDPOINT`` names, the one on this machine by default.
"""
