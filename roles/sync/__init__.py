"""The organisation from the municipality's own systems: read, checked, held against the database, and brought in.

reading  bytes → text → rows      the shapes: rollekatalog, os2sync, csv_shape (docs/organisation-import.md)
checking what the rows say together: cycles, orphans, two leaders; any problem refuses the whole file
difference, places                what would change, keyed on UUID; nothing is written
applying                          the change, all of it or none, in one transaction
runs                              the row that tells of it (SyncRun), for the page and for the command
keeping                           what waits for somebody's yes, without a CPR number in it
"""
