# Home.
home-report = Reportar un defecto
home-work = Mi trabajo
home-no-work = No hay nada pendiente para usted.
home-mine = Asignado a mí
home-own = Lo que reporté
home-all = Todos
home-is-overdue = vencido
home-plant = La planta
home-open = abiertos
home-overdue = vencidos
home-reported = reportados este mes
home-closed = cerrados este mes
home-cost = costo de este mes
home-by-state = Abiertos por estado
home-oldest = Abierto por más tiempo:
home-days = { $count ->
    [one] { $count } día
   *[other] { $count } días
 }
home-trend = Las últimas 12 semanas
home-trend-alt = Líneas de lo reportado, cerrado y abierto en cada una de las últimas 12 semanas; las cifras están abajo.
home-figures = Cifras
home-week = Semana
home-came = Reportados
home-went = Cerrados
home-left = Abiertos al final
home-failures = Lo que más falla
home-failures-alt = Barras de los códigos de falla más frecuentes de las últimas 12 semanas; las cifras están abajo.
home-records = Registros
home-share = Proporción
home-other = Otros
