# Inspections.
inspections-what = Lo que se revisó, también las muestras buenas: con ellas se hacen las cartas de control.
inspection-enter = Capturar una inspección
inspection-import = Inspecciones desde un archivo
inspection-of = Inspección del { $at }
inspection-passed = Sin hallazgos
inspection-failed = Con hallazgos
inspection-void = Anulada
inspection-void-do = Anular
inspection-void-what = Queda en la lista, marcada y con el motivo, y ya no cuenta en ninguna carta de control. El defecto reportado a partir de ella queda.
inspection-reported = Reportado a partir de ella:
inspection-count-hint = Al menos uno de los dos conteos; vacío si no se contó
inspection-defect = Reportar un defecto a partir de ella
inspection-defect-what = Solo si se encontró algo, y junto con la inspección o de ningún modo. Si queda vacío, se captura solo la inspección. Pieza, lugar y hora son los de la inspección.
inspection-quantity-hint = Vacío: tantas como las defectuosas
done-inspection-entered = La inspección está capturada.
done-inspection-voided = La inspección está anulada.

# What fields are called.
field-inspected-at = Inspeccionado
field-sample-size = Tamaño de la muestra
field-defective-units = Unidades defectuosas
field-failed = Resultado
field-voided = Anulada
field-defect = Defecto
field-defect-title = Título del defecto
field-defect-description = Qué está mal
field-defect-quantity-defective = Cantidad defectuosa
field-defect-origin = Origen
field-defect-severity = Severidad
field-defect-failure-code = Código de falla
field-defect-lot-number = Lote
field-defect-work-order = Orden de trabajo
field-defect-hold-location = Ubicación de retención
field-defect-is-contained = Contenido
