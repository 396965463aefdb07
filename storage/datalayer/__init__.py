"""The platform's data layer: one file per kind of source, all with the verbs check, person, find and act.

datamap.py what the columns mean · mapcheck.py the map against the live database · catalogue.py reflected tables ·
walk.py which rows are the person's · sharing.py whether others use them · naming.py whether they name somebody else ·
scope.py, planning.py what would happen · acting.py, masking.py doing it and reading it back ·
rows.py some rows, and the statements over them · prepared.py statements compiled once · way.py what differs from one
database to another (sqlite_way.py, postgres_way.py; engine.py picks) · ledger.py the tables the desk adds to the
platform's database · sql.py the source itself.
"""
