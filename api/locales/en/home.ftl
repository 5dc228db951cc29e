# Home.
home-report = Report a defect
home-work = My work
home-no-work = Nothing waits for you.
home-mine = Assigned to me
home-own = What I reported
home-all = All
home-is-overdue = overdue
home-plant = The plant
home-open = open
home-overdue = overdue
home-reported = reported this month
home-closed = closed this month
home-cost = cost this month
home-by-state = Open by state
home-oldest = Open longest:
home-days = { $count ->
    [one] { $count } day
   *[other] { $count } days
 }
home-trend = The last 12 weeks
home-trend-alt = Lines of what was reported, closed and open in each of the last 12 weeks; the figures are below.
home-figures = Figures
home-week = Week
home-came = Reported
home-went = Closed
home-left = Open at its end
home-failures = What is wrong most often
home-failures-alt = Bars of the most frequent failure codes of the last 12 weeks; the figures are below.
home-records = Records
home-share = Share
home-other = Others
