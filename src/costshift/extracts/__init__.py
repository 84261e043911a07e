"""Files in, canonical tables out: reading, layouts, schemas, rules and the quarantine."""
