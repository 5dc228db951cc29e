# Inspections.
inspections-what = What was looked at, good samples too: control charts are made of them.
inspection-enter = Enter an inspection
inspection-import = Inspections from a file
inspection-of = Inspection of { $at }
inspection-passed = Nothing found
inspection-failed = Something found
inspection-void = Void
inspection-void-do = Make void
inspection-void-what = It stays on the list, marked, with the reason, and is on no control chart any more. A defect that was reported from it stays.
inspection-reported = Reported from it:
inspection-count-hint = At least one of the two counts; empty where it was not counted
inspection-defect = Report a defect from it
inspection-defect-what = Only where something was found, and together with the inspection or not at all. Left empty, the inspection is entered alone. Part, place and time are those of the inspection.
inspection-quantity-hint = Empty: as many as are defective
done-inspection-entered = The inspection is entered.
done-inspection-voided = The inspection is void.

# What fields are called.
field-inspected-at = Inspected
field-sample-size = Sample size
field-defective-units = Defective units
field-failed = Outcome
field-voided = Void
field-defect = Defect
field-defect-title = Title of the defect
field-defect-description = What is wrong
field-defect-quantity-defective = Quantity defective
field-defect-origin = Origin
field-defect-severity = Severity
field-defect-failure-code = Failure code
field-defect-lot-number = Lot
field-defect-work-order = Work order
field-defect-hold-location = Hold location
field-defect-is-contained = Contained
