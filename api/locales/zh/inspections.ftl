# Inspections.
inspections-what = 所检样本，包括合格样本：控制图由此而来。
inspection-enter = 录入检验
inspection-import = 从文件导入检验
inspection-of = { $at } 的检验
inspection-passed = 未发现问题
inspection-failed = 发现问题
inspection-void = 已作废
inspection-void-do = 作废
inspection-void-what = 检验仍留在列表中，标明作废及原因，不再计入任何控制图。由其报告的缺陷保留。
inspection-reported = 由此报告：
inspection-count-hint = 两个计数至少填一个；未计数则留空
inspection-defect = 由此报告缺陷
inspection-defect-what = 仅限发现问题时；与检验一并保存，否则均不保存。留空则只录入检验。零件、地点和时间与检验相同。
inspection-quantity-hint = 留空：等于不合格品数
done-inspection-entered = 检验已录入。
done-inspection-voided = 检验已作废。

# What fields are called.
field-inspected-at = 检验时间
field-sample-size = 样本大小
field-defective-units = 不合格品数
field-failed = 结果
field-voided = 已作废
field-defect = 缺陷
field-defect-title = 缺陷标题
field-defect-description = 缺陷描述
field-defect-quantity-defective = 缺陷数量
field-defect-origin = 来源
field-defect-severity = 严重度
field-defect-failure-code = 缺陷代码
field-defect-lot-number = 批号
field-defect-work-order = 工单
field-defect-hold-location = 隔离位置
field-defect-is-contained = 已围堵
