/** Every word of the page, in English and Chinese. */

/** @type {Record<string, [string, string]>} */
const WORDS = {
  skip: ["Skip to the expression", "跳到表达式"],
  views: ["Views", "视图"],
  derive: ["Differentiate", "求导"],
  check: ["Check my derivation", "检查我的推导"],
  link: ["Copy link", "复制链接"],
  theme: ["Light or dark", "浅色或深色"],
  expression: ["Expression", "表达式"],
  examples: ["Examples", "例子"],
  by: ["Differentiate by", "对谁求导"],
  orBy: ["or", "或"],
  byHelp: ["a row x', an entry X[i,k], several: W,b", "行向量 x'，元素 X[i,k]，多个：W,b"],
  declarations: ["Sizes and facts", "尺寸与性质"],
  answer: ["Answer", "答案"],
  derivation: ["Derivation", "推导"],
  code: ["Code", "代码"],
  second: ["Second order", "二阶导数"],
  stationary: ["Stationary point", "驻点"],
  curvature: ["Curvature", "凹凸性"],
  pictures: ["Pictures", "图"],
  yourSteps: ["Your derivation, a line for each step", "你的推导，每步一行"],
  checkIt: ["Check", "检查"],
  example: ["Example", "例子"],
  footer: [
    "Nothing leaves this computer. Every answer is compared with finite differences of what you typed.",
    "数据不离开本机。每个答案都与原式的有限差分比较过。",
  ],
  assumed: ["assumed", "假定"],
  factsOf: ["What is known of {0}", "{0} 的性质"],
  facts: ["Facts of {0}", "{0} 的性质"],
  byName: ["Differentiate by {0}, {1}", "对 {0} 求导，{1}"],
  copy: ["Copy", "复制"],
  copyText: ["Copy as text", "复制文本"],
  copyLatex: ["Copy as LaTeX", "复制 LaTeX"],
  copied: ["Copied", "已复制"],
  copyFailed: ["The browser does not let the page copy", "浏览器不允许复制"],
  source: ["Source", "出处"],
  lawSizes: ["Sizes", "尺寸"],
  definitions: ["where", "其中"],
  layout: ["Layout", "布局"],
  denominator: ["denominator", "分母布局"],
  numerator: ["numerator", "分子布局"],
  tensor: ["tensor", "张量布局"],
  blocks_F: ["blocks of F", "按 F 分块"],
  blocks_X: ["blocks of X", "按 X 分块"],
  graph: ["The expression as a graph", "表达式的计算图"],
  structure: ["Where the derivative can be other than zero", "导数的非零结构"],
  inWords: ["In words", "文字说明"],
  working: ["Working…", "计算中……"],
  unreachable: ["The server does not answer. Is matgrad serve still running?", "服务器没有回应。matgrad serve 还在运行吗？"],
  ParseError: ["Cannot read this", "无法读懂"],
  ShapeError: ["Sizes do not fit", "尺寸不合"],
  UnsupportedError: ["Not supported", "不支持"],
  LimitError: ["Too large", "超出限制"],
  Busy: ["Busy", "繁忙"],
  choose: ["Every name is a constant here: there is nothing to differentiate by.", "没有可求导的变量。"],
  explain: ["Line {0}: ", "第 {0} 行："],
  right: ["follows", "成立"],
  start: ["start", "起点"],
  definition: ["definition", "定义"],
  follows: ["follows from a line that is wrong", "由错误的一行推出"],
  wrong: ["does not follow", "不成立"],
  undecided: ["not decided", "未判定"],
  colon: ["{0}:", "{0}："],
  joint: ["; ", "；"],
  stop: [".", "。"],
  empty: ["Type an expression, or take an example.", "输入表达式，或选一个例子。"],
  answerReady: ["Answer: {0}", "答案：{0}"],
  document: ["The derivation", "推导全文"],
  formula: ["The answer", "答案"],
};

let language = /** @type {"en" | "zh"} */ ("en");

/** @param {string} lang */
export function setLanguage(lang) {
  language = lang === "zh" ? "zh" : "en";
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
}

export function currentLanguage() {
  return language;
}

/** The phrase in the current language, its blanks filled.
 * @param {string} key
 * @param {...(string | number)} values */
export function say(key, ...values) {
  const pair = WORDS[key];
  if (!pair) return key;
  return pair[language === "zh" ? 1 : 0].replace(/\{(\d)\}/g, (_, i) => String(values[Number(i)]));
}

/** Write the words of the page in the current language.
 * @param {ParentNode} root */
export function translate(root) {
  for (const e of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("[data-say]"))) e.textContent = say(String(e.dataset.say));
  for (const e of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("[data-say-label]"))) e.setAttribute("aria-label", say(String(e.dataset.sayLabel)));
  for (const e of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("[data-say-title]"))) e.title = say(String(e.dataset.sayTitle));
}
