"""Tables, disclosure control, page, workbook and manifest: what leaves a run."""
