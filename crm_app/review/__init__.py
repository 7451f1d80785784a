"""The month-end review 「月度复核」: owners confirm or correct their customers, managers see how far it is (R5.3)."""
