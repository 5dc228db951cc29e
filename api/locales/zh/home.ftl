# Home.
home-report = 上报缺陷
home-work = 我的工作
home-no-work = 没有待您处理的事项。
home-mine = 指派给我
home-own = 我上报的
home-all = 全部
home-is-overdue = 已逾期
home-plant = 全厂概览
home-open = 未关闭
home-overdue = 已逾期
home-reported = 本月上报
home-closed = 本月关闭
home-cost = 本月成本
home-by-state = 未关闭（按状态）
home-oldest = 未关闭时间最长：
home-days = { $count ->
   *[other] { $count } 天
 }
home-trend = 最近 12 周
home-trend-alt = 最近 12 周每周上报、关闭和未关闭数量的折线图；数据见下方。
home-figures = 数据
home-week = 周
home-came = 上报
home-went = 关闭
home-left = 周末未关闭
home-failures = 最常见的缺陷
home-failures-alt = 最近 12 周最常见缺陷代码的柱状图；数据见下方。
home-records = 记录数
home-share = 占比
home-other = 其他
