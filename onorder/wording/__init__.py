"""The words that every edge shares, in the language that is active: days, reasons for a date, refusals."""
