"""What the layers below `explain` say, in Chinese: every sentence of an error, and the verdict on two expressions.

The English is the key; its blanks, {name}, stand in the Chinese too, where they read well. Sizes, names and the line with
its caret are the same in both languages. What begins with ； ends another sentence.
"""

from __future__ import annotations

from ..errors import MatgradError, Phrase, Series, Words, filled

JOINTS = {",": "、", "and": " 与 ", "or": " 或 "}

CHINESE: dict[str, str] = {
    # parts of sentences
    "; did you mean {name}?": "；是否想写 {name}？",
    "; no bracket is open": "；前面没有左括号",
    "; declare it": "；请声明它",
    "; {products} would fit": "；{products} 的尺寸相容",
    "; types are {types}": "；可用的类型有 {types}",
    "a scalar": "标量",
    "a vector": "向量",
    "a matrix": "矩阵",
    "a square matrix": "方阵",
    "scalar": "标量",
    "one argument": "1 个参数",
    "{count} arguments": "{count} 个参数",
    "the matrix": "该矩阵",
    "the function": "该函数",
    "standard input": "标准输入",
    "a stationary point": "驻点",
    "curvature": "凸性",
    "a Newton step": "牛顿步",
    "language": "语言",
    "format": "格式",
    "level of detail": "详略程度",
    # sizes
    "cannot add {left} and {right}; both sides of a sum have one size": "{left} 与 {right} 不能相加；相加的各项尺寸须相同",
    "cannot multiply {left} by {right}: the inner sizes {inner} and {outer} differ{hint}": "{left} 不能乘以 {right}：相邻的尺寸 {inner} 与 {outer} 不同{hint}",
    "cannot multiply {left} by {right} entry by entry; .* and ./ need one size": "{left} 与 {right} 不能逐元素相乘；.* 与 ./ 两边尺寸须相同",
    "cannot divide by a matrix of size {size}; write A*inv(B), or A ./ B entry by entry": "不能除以 {size} 的矩阵；请写 A*inv(B)，或用 A ./ B 逐元素相除",
    "cannot raise {base} to {exponent} entry by entry; the exponent is a scalar or has the size of the base": (
        "{base} 不能逐元素取 {exponent} 的幂；指数应为标量，或与底数同尺寸"
    ),
    "a matrix power needs a scalar exponent, not {exponent}; .^ is the power entry by entry": "矩阵幂的指数应为标量，而不是 {exponent}；逐元素的幂写作 .^",
    "a matrix power needs a square matrix, not {base}; .^ is the power entry by entry": "矩阵幂的底应为方阵，而不是 {base}；逐元素的幂写作 .^",
    "a matrix power needs a whole number as exponent, not {exponent}": "矩阵幂的指数应为整数，而不是 {exponent}",
    "unvec to {size} needs a vector of {count} entries, not {found}": "unvec 还原成 {size} 需要 {count} 维向量，而不是 {found}",
    "blocks side by side need one height, not {sizes}": "左右相邻的块行数须相同，而这里是 {sizes}",
    "blocks above each other need one width, not {sizes}": "上下相邻的块列数须相同，而这里是 {sizes}",
    "every row of a block matrix needs the same number of blocks": "分块矩阵每一行的块数须相同",
    "{name} needs {wanted}, not {found}": "{name} 的参数应为{wanted}，而不是 {found}",
    "{name} needs one size or a scalar, not {left} and {right}": "{name} 的两个参数须同尺寸，或其一为标量，而这里是 {left} 与 {right}",
    "{name} takes {wanted}, not {count}": "{name} 需要 {wanted}，这里给了 {count} 个",
    "{name} takes one argument, not {count}": "{name} 需要 1 个参数，这里给了 {count} 个",
    "{name} takes 2 arguments, not {count}": "{name} 需要 2 个参数，这里给了 {count} 个",
    "{name} takes two arguments": "{name} 需要 2 个参数",
    "{name} takes 1 size, not {count}": "{name} 需要 1 个尺寸，这里给了 {count} 个",
    "{name} takes {wanted} sizes, not {count}": "{name} 需要 {wanted} 个尺寸，这里给了 {count} 个",
    "{name} needs an argument": "{name} 缺少参数",
    "{name} acts on each column, and this is a row of {count} columns; write {name}(x') for a row x": (
        "{name} 作用于每一列，而这里是 {count} 列的行向量；对行向量 x 请写 {name}(x')"
    ),
    "a size is a letter or a whole number": "尺寸应为字母或整数",
    "a size is a letter or a whole number, not {size}": "尺寸应为字母或整数，而不是 {size}",
    "a size is a letter, a whole number or a sum or product of them, not {text}": "尺寸应为字母、整数，或它们的和与积，而不是 {text}",
    "a size is at least 1, not {size}": "尺寸至少为 1，而不是 {size}",
    "a size cannot be negative: {size}": "尺寸不能为负：{size}",
    "a size is divided by a whole number only": "尺寸只能除以整数",
    "the size of this constant cannot be decided from the expression; write it, as in {example}": "由表达式定不出此常量的尺寸；请写明，如 {example}",
    "the sizes of {name} cannot be decided from the expression; declare it, as in {name}: matrix(m,n)": (
        "由表达式定不出 {name} 的尺寸；请声明，如 {name}: matrix(m,n)"
    ),
    "the sizes of {names} cannot be decided from the expression; declare them, as in {name}: matrix(m,n)": (
        "由表达式定不出 {names} 的尺寸；请声明，如 {name}: matrix(m,n)"
    ),
    "{name} is not declared and its size cannot be decided; declare it": "{name} 没有声明，其尺寸无法确定；请声明它",
    "a transpose after {name}[…] says that it is a vector; declare {name}[i]: vector(n), i=1..N if it is a family of samples, "
    "{name}: vector(N) if it is a number": (
        "{name}[…] 后有转置，说明它是向量；若为一族样本，请声明 {name}[i]: vector(n), i=1..N，若为一个数，请声明 {name}: vector(N)"
    ),
    "{name}({argument}) is an unspecified function of a scalar; {argument} is {type}": "{name}({argument}) 应为标量的未指定函数，而 {argument} 是 {type}",
    "{name} cannot be the name of the function: it is no identifier, or it is taken": "{name} 不能作函数名：它不是标识符，或已被占用",
    "sizes are whole numbers by letter, such as {example}": "sizes 按字母给出正整数，例如 {example}",
    "outputs are a text, some of {outputs}": "outputs 是文本，取自 {outputs}",
    "the product with a direction is not available by the family {name} and its members": "对样本族 {name} 及其成员没有与方向之积",
    "{name} is a variable, and a size is expected here": "{name} 是变量，这里需要尺寸",
    "a number is too large": "数太大",
    "a second differential is written d²{name}": "二阶微分写作 d²{name}",
    "no size is called {name}; sizes are {sizes}": "没有名为 {name} 的尺寸；这里的尺寸有 {sizes}",
    # indices, sums, families
    "an index has one or two places": "下标只有一位或两位",
    "an index is a number, not {found}": "下标应为一个数，而不是 {found}",
    "index {index} is outside 1..{n}": "下标 {index} 超出范围 1..{n}",
    "the index {index} is outside 1..{n}": "下标 {index} 超出范围 1..{n}",
    "the member {index} is outside 1..{n}": "第 {index} 个样本超出范围 1..{n}",
    "a matrix has two indices: X[i,k], X[:,i] or X[i,:]": "矩阵有两个下标：X[i,k]、X[:,i] 或 X[i,:]",
    "':' belongs into an index: X[:,i]": "':' 只用于下标：X[:,i]",
    "a range belongs into a sum: sum(i, 1..N, …)": "范围只用于求和：sum(i, 1..N, …)",
    "a sum reads sum(A) or sum(i, 1..N, …)": "求和写作 sum(A) 或 sum(i, 1..N, …)",
    "the range of a sum goes from number to number, not {found}": "求和的上下限应为数，而不是 {found}",
    "the index {index} is not bound; write sum({index}, 1..{end}, …) around it, or declare {index}: integer": (
        "下标 {index} 没有取值范围；请在外面写 sum({index}, 1..{end}, …)，或声明 {index}: integer"
    ),
    "the index {name} shadows a name that is already in use; choose another letter": "下标 {name} 与已有的名字相同；请换一个字母",
    "the index {name} runs over {low}..{high}, but {members}": "下标 {name} 取遍 {low}..{high}，但 {members}",
    "{family} has the members 1..{end}": "{family} 的范围是 1..{end}",
    "{member} needs it up to {end}": "{member} 只允许它取到 {end}",
    "{name} is a function and cannot be an index": "{name} 是函数，不能作下标",
    "{name} is a family; write {name}[{indices}]": "{name} 是一族量；请写 {name}[{indices}]",
    "{name} is a family of samples; write {name}[{index}]": "{name} 是一族样本；请写 {name}[{index}]",
    "{name} is defined with {count} index; write {name}[{indices}]": "{name} 的定义带 {count} 个下标；请写 {name}[{indices}]",
    "a member of the family {name} has one index, {name}[i]": "一族样本 {name} 的成员只有一个下标，写作 {name}[i]",
    "a family needs its range: {names}[{index}]: …, {index}=1..N": "一族样本须写明范围：{names}[{index}]: …, {index}=1..N",
    # names, definitions, declarations
    "{name} is defined twice": "{name} 重复定义",
    "{name} is defined by itself": "{name} 的定义用到了它自己",
    "{name} is declared as a variable and cannot be defined again": "{name} 已声明为变量，不能再定义",
    "{name} is a function of the language and cannot be defined": "{name} 是语言中的函数，不能重新定义",
    "{name} is a function of the language and cannot be declared": "{name} 是语言中的函数，不能声明为变量",
    "{name} is declared twice": "{name} 重复声明",
    "a declaration reads name: type, such as X: matrix(m,n)": "声明写作 名字: 类型，如 X: matrix(m,n)",
    "declarations are text or a mapping from name to type, not {kind}": "声明应为文本，或由名字到类型的映射，而不是 {kind}",
    "{names} needs a type: {types}": "{names} 缺少类型，可用的类型有 {types}",
    "unknown type {type}{hint}": "没有类型 {type}{hint}",
    "unknown fact {fact}; facts are {facts}": "没有性质 {fact}；可用的性质有 {facts}",
    "{type} takes 1 size, not {count}": "{type} 需要 1 个尺寸，这里给了 {count} 个",
    "{type} takes {wanted} sizes, not {count}": "{type} 需要 {wanted} 个尺寸，这里给了 {count} 个",
    "a matrix that is {fact} is square; {rows} and {cols} differ": "声明为 {fact} 的矩阵须为方阵，而 {rows} 与 {cols} 不同",
    "expected a definition, name = expression": "这里应为定义：名字 = 表达式",
    "expected ';' between definitions, not {found}": "定义之间应为 ';'，而不是 {found}",
    "expected ';' and then the expression that uses the definitions": "后面应有 ';'，再写用到这些定义的表达式",
    "a definition is missing after 'where'": "'where' 之后缺少定义",
    "an expression is missing before 'where'": "'where' 之前缺少表达式",
    "{name} may be the product {product} or a name of its own; write the * or declare {name}": (
        "{name} 可能是乘积 {product}，也可能是一个名字；请写出 *，或声明 {name}"
    ),
    "{name} is not declared and may be {readings}; write the product": "{name} 没有声明，可能是 {readings}；请写出乘号",
    # functions
    "unknown function {name}{hint}": "没有函数 {name}{hint}",
    "; declare it, as in sigma: elementwise, if it acts entry by entry": "；若它逐元素作用，请声明，如 sigma: elementwise",
    "{name} is a function; write {name}(…)": "{name} 是函数；请写 {name}(…)",
    "{name} is not a function; write {name}*(…) for a product": "{name} 不是函数；乘积请写 {name}*(…)",
    "{name} is not an element-wise function; only those have {name}'": "{name} 不是逐元素函数；只有逐元素函数才有 {name}'",
    "unit(n, i) takes a size and an index": "unit(n, i) 需要一个尺寸和一个下标",
    "unvec(x, m, n) takes a vector and two sizes": "unvec(x, m, n) 需要一个向量和两个尺寸",
    "huber takes two arguments, huber(X, c) with the threshold c": "huber 需要 2 个参数：huber(X, c)，c 为阈值",
    "piecewise takes conditions and values in turn and what holds otherwise: piecewise(t >= 0, t^2, -t)": (
        "piecewise 依次给出条件与取值，最后是其余情形的取值：piecewise(t >= 0, t^2, -t)"
    ),
    "a condition of piecewise is a comparison, such as t >= 0": "piecewise 的条件应为比较，如 t >= 0",
    "eigvecs(S, k) takes a square matrix and the number of its eigenvectors": "eigvecs(S, k) 需要一个方阵和特征向量的个数",
    "the number of eigenvectors is a size: eigvecs(S, k) or eigvecs(S, 2)": "特征向量的个数是尺寸：eigvecs(S, k) 或 eigvecs(S, 2)",
    "diff(A,t) takes an unspecified function and its scalar arguments": "diff(A,t) 需要未指定的函数及其标量自变量",
    "diff(A,t) needs a variable declared as a function, A(t): matrix(m,n)": "diff(A,t) 中的变量须声明为函数，如 A(t): matrix(m,n)",
    # reading: what is missing, what does not belong there
    "an expression is text, not {kind}": "表达式应为文本，而不是 {kind}",
    "there is no expression": "没有表达式",
    "the expression ends too early; an operand is missing": "表达式没有写完，后面缺少运算对象",
    "expected an expression": "这里应为表达式",
    "expected {wanted}, not {found}": "这里应为 {wanted}，而不是 {found}",
    "expected {wanted}, but the text ends here": "这里应为 {wanted}，但文本到此结束",
    "unexpected {found}{hint}": "这里不应出现 {found}{hint}",
    "an operand is missing": "缺少运算对象",
    "an operand is missing before {found}": "{found} 之前缺少运算对象",
    "an operand is missing before {found}{hint}": "{found} 之前缺少运算对象{hint}",
    "this bracket is never closed": "此括号没有闭合",
    "this bracket is never closed; {bracket} is missing": "此括号没有闭合，缺少 {bracket}",
    "{found} is not a name": "{found} 不是名字",
    "{sign} is not part of the language": "语言中没有 {sign}",
    "a/b c may be (a/b)*c or a/(b*c); write the brackets": "a/b c 可能是 (a/b)*c，也可能是 a/(b*c)；请加括号",
    "|X| of a matrix may be its determinant or its absolute values; write det(X) or abs(X)": (
        "矩阵的 |X| 可能是行列式，也可能是逐元素的绝对值；请写 det(X) 或 abs(X)"
    ),
    "‖X‖ of a matrix may be its Frobenius or its spectral norm; write ‖X‖_F or normF(X)": (
        "矩阵的 ‖X‖ 可能是 Frobenius 范数，也可能是谱范数；请写 ‖X‖_F 或 normF(X)"
    ),
    "{name} is a size here, so ^{name} of a scalar may be a transpose or a power; leave it out, or declare {name}: integer": (
        "{name} 在这里是尺寸，标量的 ^{name} 可能是转置，也可能是幂；请去掉，或声明 {name}: integer"
    ),
    "{name} of a square matrix may be a function of the matrix, or taken entry by entry; write \\operatorname{{matrix}}(X) or {entries}": (
        "方阵的 {name} 可能是矩阵函数，也可能逐元素作用；请写 \\operatorname{{matrix}}(X) 或 {entries}"
    ),
    "division by zero": "除数为零",
    # limits
    "the input is longer than {most} tokens": "输入超过 {most} 个记号",
    "brackets are nested deeper than {most} levels": "括号嵌套超过 {most} 层",
    "signs are nested deeper than {most} levels": "正负号连写超过 {most} 层",
    "functions are nested deeper than {most} levels": "函数嵌套超过 {most} 层",
    "sums are nested deeper than {most} levels": "求和嵌套超过 {most} 层",
    "braces are nested deeper than {most} levels": "花括号嵌套超过 {most} 层",
    "more than {most} marks follow one operand": "一个运算对象之后的记号超过 {most} 个",
    "a number has at most {most} digits": "一个数最多 {most} 位",
    "a number has at most 400 digits": "一个数最多 400 位",
    "an exponent is at most {most}": "指数最大为 {most}",
    "the equation has more than {most} terms when multiplied out": "方程展开后超过 {most} 项",
    "sums and products are nested too deep here; give some of the intermediates a name": "这里和与积嵌套过深；请给一些中间量命名",
    "this matrix would take {size} bytes; operator(values) applies it without forming it": (
        "此矩阵要占用 {size} 字节；operator(values) 可以不写出矩阵而直接与向量相乘"
    ),
    "the fractions become too long": "分数过长",
    # LaTeX
    "{shown} is not a name, and {name} is not declared, so it cannot be an entry; declare {name}": (
        "{shown} 不是名字；{name} 没有声明，也不能看作它的元素；请声明 {name}"
    ),
    "{name} is neither declared nor a function of the language{hint}": "{name} 没有声明，也不是语言中的函数{hint}",
    "{name}(…) may be a value of a function or a product; declare {name}, as in {name}: elementwise or {name}: matrix(m,n){other}": (
        "{name}(…) 可能是函数值，也可能是乘积；请声明 {name}，如 {name}: elementwise 或 {name}: matrix(m,n){other}"
    ),
    "; \\operatorname{sigmoid} is the logistic function": "；逻辑函数写作 \\operatorname{sigmoid}",
    "K_{{label}} may be the commutation matrix or a name; write K_{{rows},{cols}}, or declare K_{label}": (
        "K_{{label}} 可能是交换矩阵，也可能是名字；请写 K_{{rows},{cols}}，或声明 K_{label}"
    ),
    "{label} may be one size or two; write {first} \\times {second}, or {first} \\cdot {second}": (
        "{label} 可能是一个尺寸，也可能是两个；请写 {first} \\times {second} 或 {first} \\cdot {second}"
    ),
    "the index {index} stands outside its sum; put brackets around all that is summed": "下标 {index} 在其求和之外；请把求和的全部内容放进括号",
    "d {shown} may be a differential or a product; write \\mathrm{d}{shown}, or declare d": (
        "d {shown} 可能是微分，也可能是乘积；请写 \\mathrm{d}{shown}，或声明 d"
    ),
    "{run} may be the differential of {name} or d times {name}; write \\mathrm{d}{name}, or d \\cdot {name}": (
        "{run} 可能是 {name} 的微分，也可能是 d 乘 {name}；请写 \\mathrm{d}{name} 或 d \\cdot {name}"
    ),
    "{run} may be a product of letters, or {word} may be a word in it; write \\mathrm{{word}}, or blanks between the factors": (
        "{run} 可能是字母的乘积，其中的 {word} 也可能是一个词；请写 \\mathrm{{word}}，或用空格隔开各因子"
    ),
    "d belongs before a name: \\mathrm{d}X": "d 之后应为名字：\\mathrm{d}X",
    "the words {words} are not part of an expression": "文字 {words} 不是表达式的一部分",
    "a name is missing": "缺少名字",
    "a name is a letter or a word, with a subscript at most": "名字应为字母或单词，至多带一个下标",
    "this subscript is not part of a name": "此下标不能是名字的一部分",
    "this may be {names}; rename one of them": "这里可能是 {names}；请给其中一个改名",
    "{name} stands here in two fonts, and matgrad reads both as {name}; rename one of them": (
        "{name} 在这里用了两种字体，而两者都读作 {name}；请给其中一个改名"
    ),
    "{name} is declared as one variable, and {index} runs over a sum here; declare the family, {letters}_{index}: vector(n), {index}=1..N, "
    "or rename the index": "{name} 声明为一个变量，而这里 {index} 是求和下标；请声明一族样本 {letters}_{index}: vector(n), {index}=1..N，或给下标改名",
    "{name} is a scalar, so this is a name of its own; declare {name}_{index}": "{name} 是标量，故此处为另一个名字；请声明 {name}_{index}",
    "{name}_{index} of a matrix may be its row or its column; write {name}_{{index},:} or {name}_{:,{index}}": (
        "矩阵的 {name}_{index} 可能是行，也可能是列；请写 {name}_{{index},:} 或 {name}_{:,{index}}"
    ),
    "{name}_i may be one of many vectors, or an entry of {name}; declare {name}[i]: vector(n), i=1..N": (
        "{name}_i 可能是许多向量中的一个，也可能是 {name} 的一个元素；若为前者，请声明 {name}[i]: vector(n), i=1..N"
    ),
    "{shown} may be {entry} or a name of its own; declare {shown}, or write {write}": "{shown} 可能是{entry}，也可能是一个名字；请声明 {shown}，或写 {write}",
    "its entry": "它的元素",
    "an entry": "一个元素",
    "its row or column": "它的行或列",
    "[{name}]_{{index}}": "[{name}]_{{index}}",
    "{name}_{{row},{col}}": "{name}_{{row},{col}}",
    "{name}_{{index},:} or {name}_{:,{index}}": "{name}_{{index},:} 或 {name}_{:,{index}}",
    "an index is missing": "缺少下标",
    "an index is a letter or a number, with something added at most": "下标应为字母或数，至多加减一个量",
    "a subscript is not expected here": "这里不应有下标",
    "a subscript is not expected here; an entry of a value is written [ … ]_i": "这里不应有下标；一个量的元素写作 [ … ]_i",
    "a size stands below this; what stands here is declared as a variable": "这里的下标应为尺寸，而它已声明为变量",
    "two subscripts stand on one symbol; write braces": "一个符号上有两个下标；请加花括号",
    "two superscripts stand on one symbol; write braces": "一个符号上有两个上标；请加花括号",
    "e stands for the base of an exponential here and for a name elsewhere; rename it": "e 在这里是指数的底，在别处是名字；请改名",
    "e stands for a name here and for the base of an exponential elsewhere; rename it": "e 在这里是名字，在别处是指数的底；请改名",
    "this is a function; its argument is missing in brackets": "这是函数；请在括号里写出自变量",
    "this is a number; a vector of ones is \\mathbf{1}": "这是数；全 1 向量写作 \\mathbf{1}",
    "a number in this font is not part of the language; \\mathbf{1} is a vector of ones": "语言中没有此字体的数；\\mathbf{1} 是全 1 向量",
    "this may be an identity matrix or an indicator; write I_n, or \\mathbf{1}[…]": "这里可能是单位阵，也可能是示性函数；请写 I_n 或 \\mathbf{1}[…]",
    "an identity matrix is square": "单位阵是方阵",
    "a part of a value is written with max or min: \\max(0, x)": "正部与负部用 max 或 min 书写：\\max(0, x)",
    "a power of a function's name may be that of its value, or repetition; write brackets": "函数名上的幂可能是函数值的幂，也可能是反复作用；请加括号",
    "this exponent of {name} may mean its inverse, or a power of its value; write brackets": "{name} 上的指数可能表示反函数，也可能是函数值的幂；请加括号",
    "this may be an entry of a power, or a power of an entry; write brackets": "这里可能是幂的元素，也可能是元素的幂；请加括号",
    "this may be an entry of a power, or a power of an entry; write [X^{-1}]_{ij} or (X_{ij})^{-1}": (
        "这里可能是幂的元素，也可能是元素的幂；请写 [X^{-1}]_{ij} 或 (X_{ij})^{-1}"
    ),
    "{function}(A) is a number; a transpose of what stands in it belongs inside, as in {function}(A^\\top B)": (
        "{function}(A) 是数；其中矩阵的转置应写在括号里，如 {function}(A^\\top B)"
    ),
    "{function}(X)^{-1} may be a power of the value or of the argument; write brackets around what is inverted": (
        "{function}(X)^{-1} 可能是值的倒数，也可能是自变量的逆；请给求逆的部分加括号"
    ),
    "degrees are not part of the language; X^{\\circ 2} is a power entry by entry": "语言中没有角度；逐元素的幂写作 X^{\\circ 2}",
    "({label}) may be an exponent or a label; write ^{{label}}, or a subscript": "({label}) 可能是指数，也可能是标号；请写 ^{{label}}，或改用下标",
    "{left} \\{command} {right} may be an inner product or a multiple; write {left}^\\top {right}, or declare both": (
        "{left} \\{command} {right} 可能是内积，也可能是数乘；请写 {left}^\\top {right}，或声明两者"
    ),
    "the left side of an equation is a name, or f(x)": "等式左边应为名字，或 f(x)",
    "the left side of this equation is missing": "此等式缺少左边",
    "this equation has an expression on either side; give one of them": "此等式两边都是表达式；请只给一边",
    "{name} is declared as a variable; give one side of the equation": "{name} 已声明为变量；请只给等式的一边",
    "which of these equations is the expression, and which are definitions? write the expression without a left side": (
        "这些等式中哪个是表达式，哪些是定义？请把表达式写成没有左边的形式"
    ),
    "there are two expressions; give one, and definitions with '='": "这里有两个表达式；请只给一个，定义用 '=' 书写",
    "an expression is missing after '='": "'=' 之后缺少表达式",
    "; a comma stands between arguments of a function, or before a definition": "；逗号只用于函数的参数之间，或定义之前",
    "; the text has more than one '='; give one expression": "；文本中不止一个 '='，请只给一个表达式",
    "; a new line begins a second expression": "；换行之后是另一个表达式",
    "products of two kinds stand side by side here; write brackets": "两种乘法在这里相连；请加括号",
    "a/b c may be (a/b)c or a/(bc); write a fraction or brackets": "a/b c 可能是 (a/b)c，也可能是 a/(bc)；请写成分数或加括号",
    "A ⊗ B C may be (A ⊗ B)C or A ⊗ (BC); write brackets": "A ⊗ B C 可能是 (A ⊗ B)C，也可能是 A ⊗ (BC)；请加括号",
    "two numbers touch here": "两个数在这里相连",
    "two numbers touch here; write \\cdot between them, or no blank within one number": "两个数在这里相连；相乘请写 \\cdot，一个数之内不要有空格",
    "[A, B] may be a block matrix or a commutator; write \\begin{bmatrix} A & B \\end{bmatrix}, or AB - BA": (
        "[A, B] 可能是分块矩阵，也可能是换位子；请写 \\begin{bmatrix} A & B \\end{bmatrix} 或 AB - BA"
    ),
    "this bracket closes {bracket}, which is of another kind": "此括号与 {bracket} 不是一对",
    "this fence is never closed": "此竖线没有闭合",
    "an inner product has two sides: \\langle A, B \\rangle": "内积有两个因子：\\langle A, B \\rangle",
    "a prime is not expected here": "这里不应有撇号",
    "the argument of the function is missing": "函数缺少自变量",
    "the argument of {name} is missing": "{name} 缺少自变量",
    "{name} needs brackets around its arguments": "{name} 的参数须放在括号里",
    "unvec needs brackets around its argument": "unvec 的参数须放在括号里",
    "{name} takes no subscript": "{name} 没有下标",
    "how far {name} reaches is not clear here; write brackets around its argument": "{name} 作用到哪里不清楚；请给自变量加括号",
    "whether {name} reaches beyond this sign is not clear; write brackets around its argument": "{name} 是否作用到此符号之后不清楚；请给自变量加括号",
    "{name}(A)(B) may be {name} of the product, or a multiple of B; write \\cdot between them, or brackets around all": (
        "{name}(A)(B) 可能是 {name} 作用于乘积，也可能是 B 的倍数；请在中间写 \\cdot，或给全体加括号"
    ),
    "something is missing after {sign}": "{sign} 之后缺少内容",
    "braces are missing: write {sign}{{following}}": "缺少花括号：请写 {sign}{{following}}",
    "braces are missing: write \\{command}{{argument}}": "缺少花括号：请写 \\{command}{{argument}}",
    "an argument is missing after \\{command}": "\\{command} 之后缺少参数",
    "an argument of \\{command} is empty": "\\{command} 的参数为空",
    "a bracket is missing after \\{command}": "\\{command} 之后缺少括号",
    "a command is missing after the backslash": "反斜杠之后缺少命令",
    "\\{name} belongs after '^'": "\\{name} 只能写在 '^' 之后",
    "an operand is missing before '\\{name}'": "'\\{name}' 之前缺少运算对象",
    "nothing stands before this {found}": "此 {found} 之前没有内容",
    "\\{name} is not a command matgrad reads{hint}": "不认识命令 \\{name}{hint}",
    "\\{name} belongs over one symbol{other}": "\\{name} 只能加在一个符号上{other}",
    "; write \\operatorname{vec}(…) to stack columns": "；按列堆叠请写 \\operatorname{vec}(…)",
    "\\{name} needs the name of an environment in braces": "\\{name} 之后应有花括号里的环境名",
    "the environment {name} is not read{hint}": "不支持环境 {name}{hint}",
    "; give one branch, or max, min, relu or an indicator": "；请只给一个分支，或改用 max、min、relu 或示性函数",
    "no \\begin{{name}} is open here": "这里没有对应的 \\begin{{name}}",
    "this environment is never closed; \\end{{name}} is missing": "此环境没有结束，缺少 \\end{{name}}",
    "this brace is never closed; '}' is missing": "此花括号没有闭合，缺少 '}'",
    "unexpected '}'; no brace is open": "这里不应出现 '}'；前面没有左花括号",
    "an expression evaluated at a point is not read; put the point in": "不支持“在某点取值”的记号；请直接代入该点",
    "in LaTeX this is a product with e; write a power of ten as 10^{-3}, or the decimals": "在 LaTeX 中这是与 e 的乘积；十的幂请写 10^{-3}，或写成小数",
    "the index of the sum is missing: \\sum_{i=1}^{N}; the sum of all entries is \\operatorname{sum}(X)": (
        "缺少求和下标：\\sum_{i=1}^{N}；所有元素之和写作 \\operatorname{sum}(X)"
    ),
    "a sum over an index reads \\sum_{i=1}^{N}": "对下标求和写作 \\sum_{i=1}^{N}",
    "the upper end of the sum is missing: \\sum_{i=1}^{N}": "缺少求和的上限：\\sum_{i=1}^{N}",
    "what is summed is missing": "缺少求和的内容",
    "how far {index} runs is not clear; write \\sum_{{index}=1}^{N}": "{index} 取到哪里不清楚；请写 \\sum_{{index}=1}^{N}",
    "the norms of the language are ‖X‖_F, ‖x‖_2 and ‖x‖_1": "语言中的范数有 ‖X‖_F、‖x‖_2 和 ‖x‖_1",
    "write \\log x / \\log 2 for a logarithm to another base": "其他底的对数请写 \\log x / \\log 2",
    "write \\log x / \\log 2, or \\log x / \\log 10": "请写 \\log x / \\log 2 或 \\log x / \\log 10",
    "give the expression itself and name the variable; matgrad finds the gradient": "请给出表达式本身并指明变量，梯度由 matgrad 来求",
    "give the expression itself and name the variable; matgrad finds the derivative": "请给出表达式本身并指明变量，导数由 matgrad 来求",
    "give only the expression itself": "请只给出表达式本身",
    "give only the expression that is maximised": "请只给出要最大化的表达式",
    "give only the expression that is minimised": "请只给出要最小化的表达式",
    "give only the expression that is minimised or maximised": "请只给出要最小化或最大化的表达式",
    "give only the expression after ↦": "请只给出 ↦ 之后的表达式",
    "products over an index are not part of the language": "不支持连乘",
    "integrals are not part of the language": "不支持积分",
    "limits are not part of the language": "不支持极限",
    "infinity is not part of the language": "不支持无穷大",
    "floors are not part of the language": "不支持向下取整",
    "ceilings are not part of the language": "不支持向上取整",
    "the supremum is not part of the language": "不支持上确界",
    "the infimum is not part of the language": "不支持下确界",
    "direct sums are not part of the language": "不支持直和",
    "⊕ may be a direct sum or an addition; write + or a bmatrix": "⊕ 可能是直和，也可能是加法；请写 + 或 bmatrix",
    "± is two expressions; give one of them": "± 表示两个表达式；请给出其中一个",
    "∓ is two expressions; give one of them": "∓ 表示两个表达式；请给出其中一个",
    "the language has no ≠": "语言中没有 ≠",
    "≈ is not an equation": "≈ 不是等式",
    "∝ is not an equation; give the factor": "∝ 不是等式；请写出系数",
    "∼ is not an expression": "∼ 不是表达式",
    "∈ belongs into a declaration; declare the size, as in X: matrix(m,n)": "∈ 属于声明；请声明尺寸，如 X: matrix(m,n)",
    "∗ may be a product or a convolution; write \\cdot for a product": "∗ 可能是乘积，也可能是卷积；乘积请写 \\cdot",
    "⋆ may be a product or a mark of an optimum; write \\cdot for a product": "⋆ 可能是乘积，也可能是最优解的标记；乘积请写 \\cdot",
    "→ is not part of an expression": "→ 不是表达式的一部分",
    "\\mathbb{{letter}} is not a name; a size belongs into a declaration, an expectation is not part of the language": (
        "\\mathbb{{letter}} 不是名字；尺寸应写在声明里，期望则不支持"
    ),
    # what is asked for
    'wrt names the variable to differentiate by, such as wrt="X"': 'wrt 指明对哪个变量求导，如 wrt="X"',
    "wrt names no variable to differentiate by": "wrt 没有指明求导的变量",
    "differentiate by a variable, a row x' or an entry X[i,k]": "求导的对象应为变量、行向量 x' 或元素 X[i,k]",
    "{name} does not occur": "{name} 没有出现",
    "{name} does not occur{hint}": "{name} 没有出现{hint}",
    "{name} does not occur; {holder} is read as one name, so write the product with a *, or declare {holder}": (
        "{name} 没有出现；{holder} 读作一个名字，若为乘积请写出 *，否则请声明 {holder}"
    ),
    "{name} is a scalar and has no entries": "{name} 是标量，没有下标",
    "{name} is made of {part}, so one of them would be held while the other moves; ask for one at a time": (
        "{name} 由 {part} 构成，不能一个固定而另一个变化；请分别求导"
    ),
    "unknown layout {layout}; layouts are {layouts}{hint}": "没有布局 {layout}；可用的布局有 {layouts}{hint}",
    "unknown output {name}; outputs are {outputs}{hint}": "没有输出 {name}；可用的输出有 {outputs}{hint}",
    "unknown target {name}; targets are {targets}": "没有目标语言 {name}；可用的有 {targets}",
    "unknown {what} {given}; choose from {values}": "没有{what} {given}；可选的有 {values}",
    "the order is a whole number from 1, not {order}": "阶数应为正整数，而不是 {order}",
    "the gradient needs a scalar function; this one has the size {size}": "求梯度要求标量函数，而此函数的尺寸为 {size}",
    "{what} needs a scalar function; this one has the size {size}": "求{what}要求标量函数，而此函数的尺寸为 {size}",
    "a Hessian needs a scalar function; this one has the size {size}. Its Jacobian is order=1": (
        "海森矩阵要求标量函数，而此函数的尺寸为 {size}；求雅可比矩阵请用 order=1"
    ),
    "the Jacobian of a {size} expression is by one variable; give them one at a time": "{size} 的表达式的雅可比矩阵只对一个变量；请逐个求",
    "a derivative of order {order} is by one variable, or by {order}; {count} are given": "{order} 阶导数对 1 个或 {order} 个变量求，这里给了 {count} 个",
    "a Newton step is by one variable": "牛顿步只对一个变量",
    "the layout {layout} is for Jacobians; a Hessian comes as the matrix ∂vec(∇f)/∂vec X": "布局 {layout} 只用于雅可比矩阵；海森矩阵写作 ∂vec(∇f)/∂vec X",
    "only a scalar function is differentiated by an entry; take the entry of the Jacobian by the whole variable": (
        "只有标量函数才能对单个元素求导；请对整个变量求雅可比矩阵，再取其元素"
    ),
    "a matrix by a single entry is the derivative by a scalar; give the variable instead": "矩阵对单个元素求导即对标量求导；请改为给出整个变量",
    "only a Jacobian or a Hessian by one variable is a linear map that can be applied": "只有对一个变量的雅可比矩阵或海森矩阵才能作为线性映射使用",
    "only a Jacobian or a Hessian has a structure to draw": "只有雅可比矩阵和海森矩阵可以画出结构",
    "the size of every factor is written in Unicode text only": "各因子的尺寸只在 Unicode 文本中标出",
    # what matgrad does not know
    "no rule is known for the differential of {function}": "没有 {function} 的微分法则",
    "{function} by {argument}": "{function} 关于 {argument}",
    "no rule is known for the differential of {function} at a singular matrix": "没有 {function} 在奇异矩阵处的微分法则",
    "no adjoint is known for {operation}": "没有 {operation} 的伴随",
    "no Kronecker form is known for {operation}": "没有 {operation} 的 Kronecker 积形式",
    "{operation} is not linear in the differentials here": "{operation} 在这里对微分不是线性的",
    "{name} is Toeplitz and of another structure too; only one is projected on": "{name} 既是 Toeplitz 阵又有其他结构；只能投影到其中一种",
    # checks and values
    "no point was found at which {expressions} can be evaluated": "没有找到 {expressions} 有定义的点",
    "no point was found at which the derivative can be evaluated": "没有找到导数有定义的点",
    "the expressions have no common normal form and no point was found at which both can be evaluated": "两个表达式的标准形不同，又没有找到两者都有定义的点",
    "values are given by name, as a mapping, not as {kind}": "取值应按名字以映射给出，而不是 {kind}",
    "no value is given for {name}": "没有给出 {name} 的值",
    "no value is given for {names}": "没有给出 {names} 的值",
    "no value is given for the index {name}": "没有给出下标 {name} 的值",
    "no value is given for {name}; give a tuple (function, derivative, …)": "没有给出 {name}；请给出元组（函数、导数……）",
    "{name}{primes} is needed; give {name} as a tuple of {count} functions": "需要 {name}{primes}；请以 {count} 个函数的元组给出 {name}",
    "the value of {name} is not an array of real numbers": "{name} 的值不是实数数组",
    "{name} has the shape {found}, but ({wanted}) is expected": "{name} 的形状为 {found}，应为 ({wanted})",
    "{name} has the shape {found}, but {wanted} is expected": "{name} 的形状为 {found}，应为 {wanted}",
    "x has the shape {found}, but ({count},) is expected": "x 的形状为 {found}，应为 ({count},)",
    "the sizes {sizes} cannot be told from a length of {n}; give them as {first}=…": "由长度 {n} 定不出尺寸 {sizes}；请用 {first}=… 给出",
    "the size {letter} follows from no argument; give it as {letter}=…": "由参数定不出尺寸 {letter}；请用 {letter}=… 给出",
    "{operation} cannot be evaluated": "{operation} 不能求值",
    "{operation} cannot be evaluated here: {reason}": "{operation} 在这里不能求值：{reason}",
    "Singular matrix": "矩阵奇异",
    "the matrix is singular to working precision": "矩阵在计算精度内奇异",
    "Eigenvalues did not converge": "特征值迭代不收敛",
    "SVD did not converge": "奇异值分解不收敛",
    "Matrix is not positive definite": "矩阵不正定",
    "a matrix of size {size} has no {count} eigenvectors": "{size} 阶矩阵没有 {count} 个特征向量",
    "{operation} is not defined here": "{operation} 在这里没有定义",
    "{operation} has no value in these numbers": "{operation} 在这种数中没有值",
    "{operation} does not give a fraction": "{operation} 的值不是分数",
    "a root is not a fraction": "根式不是分数",
    "a differential that is still to be worked out has no exact value": "尚未求出的微分没有精确值",
    # rows of the tables, tried by numbers
    "{row} is wrong: {have} instead of {want} at {point}": "{row} 有误：在 {point} 处得 {have}，应为 {want}",
    "{row} has no cotangent G on its right side": "{row} 的右边没有 G",
    "in {row} {name} has the size {found}, but {wanted} is needed": "{row} 中 {name} 的尺寸为 {found}，应为 {wanted}",
    "in {row} the matrix has the size {size}": "{row} 中矩阵的尺寸为 {size}，与两边不合",
    "the sides of {row} have the sizes {left} and {right}": "{row} 两边的尺寸为 {left} 与 {right}",
    "the left side of {row} has {count} differentials; it needs one": "{row} 的左边有 {count} 个微分，应为 1 个",
    "table 5 says that {operation} preserves {fact}, but it is not inferred of {expression}": "表 5 说 {operation} 保持性质 {fact}，但由 {expression} 推不出",
    "table 5 has a row for {operation}, which is no operation": "表 5 有 {operation} 一行，而它不是运算",
    # code
    "code by a family of matrices is by one member; derive by {name}[{index}]": "对一族矩阵只能生成对其中一个求导的程序；请对 {name}[{index}] 求导",
    "code takes no differentials dx[i] of a family; derive by the family instead": "程序不接受一族样本的微分 dx[i]；请改为对这族样本求导",
    "value, gradient and Hessian in one program are of a scalar function": "只有标量函数才能把值、梯度和海森矩阵放在一个程序里",
    "the function does not depend on {name}; its Jacobian is zero": "函数与 {name} 无关，雅可比矩阵为零",
    "{library} is not installed; pip install 'matgrad[{extra}]'": "没有安装 {library}；请运行 pip install 'matgrad[{extra}]'",
    "code for {target} needs a sum over the rows of the data, each term of one row; this function is none": (
        "{target} 的程序要求函数是对数据各行求和、每项只含一行，而此函数不是"
    ),
    "code for array_api takes its library from an array; no argument is one": "array_api 的程序由数组参数得知所用的库，而这里没有数组参数",
    "code needs a worked-out differential; d(…) is still to be expanded": "生成程序前须求出微分，而这里还有 d(…)",
    "code for {operation} is not available for {target}": "{target} 不支持 {operation}，无法生成程序",
    "code for {operation} is not available: its record has no spelling": "无法生成 {operation} 的程序：没有给出它的写法",
    "code for {operation} of a vector, or along a sum, is not available": "无法生成对向量或在求和中使用 {operation} 的程序",
    "code for vech of a matrix that changes along the sum is not available": "无法生成矩阵随求和下标变化的 vech 的程序",
    "code for powers of a matrix that changes along the sum is not available": "无法生成矩阵随求和下标变化的矩阵幂的程序",
    "code for the differential of the intermediate {name} is not available; differentiate by variables": "无法生成中间量 {name} 的微分的程序；请对变量求导",
    "the answer failed its numeric check, so no program is made of it": "答案未通过数值检验，不生成程序",
    # pictures
    "the graph has {count} nodes; up to {most} are drawn": "计算图有 {count} 个结点；最多画 {most} 个",
    "at these sizes this is {size}; up to {most} rows and columns are drawn": "按这些尺寸为 {size}；最多画 {most} 行、{most} 列",
    "a plot needs matplotlib: pip install 'matgrad[plot]'": "画图需要 matplotlib：pip install 'matgrad[plot]'",
    # stationary points, curvature, Newton, optimisers
    "a stationary point is by whole variables": "驻点只对整个变量求",
    "curvature is by a whole variable": "凸性只对整个变量判定",
    "{name} does not occur in the function": "函数中没有 {name}",
    "{name} does not occur in the function, so it has no single stationary point": "函数中没有 {name}，没有唯一的驻点",
    "{name} is declared {fact}, so it has no gradient to vanish": "{name} 声明为 {fact}，谈不上梯度为零",
    "{name} is declared {fact}, and such values do not form a convex set; declare a convex one": "{name} 声明为 {fact}，其取值不构成凸集；请声明凸的集合",
    "{name} is an unspecified function of {arguments}": "{name} 是 {arguments} 的未指定函数",
    "the gradient does not depend on {name}; it has no single stationary point": "梯度与 {name} 无关，没有唯一的驻点",
    "the gradient by {name} has no zero in closed form that matgrad knows; newton_step gives an iteration": (
        "没有找到对 {name} 的梯度的零点的闭式解；newton_step 给出迭代法"
    ),
    "the gradient has no zero in closed form that matgrad knows: elimination divides by zero there": "没有找到梯度零点的闭式解：消元时除数为零",
    "the equation for the gradient has no single solution that matgrad knows; newton_step gives an iteration": (
        "没有找到梯度为零的方程的唯一解；newton_step 给出迭代法"
    ),
    "the equation for the gradient has no single solution: {expression} is not invertible": "梯度为零的方程没有唯一解：{expression} 不可逆",
    "the gradient vanishes only outside the declared set, at {expression}": "梯度只在所声明的集合之外为零，即在 {expression} 处",
    "the function has kinks (where {kink} = 0), so its minimum need not be where a gradient vanishes": "函数在 {kink} = 0 处不可导，极小点处梯度未必为零",
    "the function does not vary with {name} under the constraint": "在约束之下函数不随 {name} 变化",
    "a constraint reads left = right, such as sum(w) = 1": "约束写作 左边 = 右边，如 sum(w) = 1",
    "{sign} is not a constraint that can be used; {fits}": "不支持用 {sign} 写的约束；{fits}",
    "write = for equality": "相等请写 =",
    "only equalities are constraints; a sign is declared, as in lambda: scalar > 0": "约束只能是等式；正负号请用声明给出，如 lambda: scalar > 0",
    "the sides of a constraint have one size, not {left} and {right}": "约束两边尺寸须相同，而这里是 {left} 与 {right}",
    "this constraint does not speak of {names}": "此约束中没有 {names}",
    "constraints are all affine in the unknowns, or W'*B*W = eye(k) with B positive definite, one for each unknown": (
        "约束须全部对未知量为仿射，或每个未知量各有一个 W'*B*W = eye(k)，其中 B 正定"
    ),
    "under W'*B*W = eye(k) a function that is both quadratic and linear in W has no closed form that matgrad knows": (
        "在 W'*B*W = eye(k) 之下，对 W 既有二次项又有一次项的函数没有已知的闭式解"
    ),
    "under W'*B*W = eye(k) only quadratic forms tr(W'*M*W) and functions that are linear in W have a closed form": (
        "在 W'*B*W = eye(k) 之下，只有二次型 tr(W'*M*W) 和对 W 线性的函数有闭式解"
    ),
    "under W'*B*W = eye(k) the function is a quadratic form tr(W'*M*W), linear in W, or tr(V'*C*W) for two unknowns": (
        "在 W'*B*W = eye(k) 之下，函数须为二次型 tr(W'*M*W)，或对 W 线性，或有两个未知量且为 tr(V'*C*W)"
    ),
    "the Hessian by {name} is zero, so there is no Newton step": "对 {name} 的海森矩阵为零，没有牛顿步",
    "the Hessian by {name} is singular everywhere, so there is no Newton step": "对 {name} 的海森矩阵处处奇异，没有牛顿步",
    "{name} lives on a curved set; scipy's optimisers move in all directions": "{name} 的取值在弯曲的集合上，而 scipy 的优化器向各个方向移动",
    "an optimiser moves whole variables; differentiate by the variable, not by a row or an entry": "优化器移动整个变量；请对变量求导，而不是对一行或一个元素",
    "a start has a value for each of {names}; {count} are given": "初值须给出 {names} 各自的值，这里给了 {count} 个",
    "pack a start first: it tells the shapes": "请先用 pack 给出初值，以确定各变量的形状",
    "an operator needs scipy: pip install 'matgrad[scipy]'": "线性算子需要 scipy：pip install 'matgrad[scipy]'",
    # values
    "{name} is declared {fact}, and its value is not": "{name} 声明为 {fact}，而所给的值不是",
    "a matrix of size {size} is too large to be formed": "尺寸为 {size} 的矩阵太大，无法构造",
    "no Newton step is known by {name} within its space of matrices": "在 {name} 所属的矩阵空间内不知道牛顿步",
    # other spellings
    "norm knows norm(x), norm(x, 1) and norm(x, 2) of a vector, norm(X, 'fro') of a matrix; norm1(X) is the sum of |X|":
        "norm 可用于向量的 norm(x)、norm(x, 1)、norm(x, 2) 和矩阵的 norm(X, 'fro')；norm1(X) 是 |X| 各元素之和",
    "sum(X, 1) adds up columns in MATLAB and rows in NumPy; write X'*ones(m) or X*ones(n)":
        "sum(X, 1) 在 MATLAB 中对各列求和，在 NumPy 中对各行求和；请写 X'*ones(m) 或 X*ones(n)",
    "{name} is no option that matgrad reads here": "此处不支持选项 {name}",
    "places stand in square brackets, as in {name}[:,1]; the stacked columns are vec({name})":
        "下标写在方括号中，如 {name}[:,1]；各列依次堆叠写作 vec({name})",
    r"; MATLAB's A\{name} is inv(A)*{name}": r"；MATLAB 的 A\{name} 写作 inv(A)*{name}",
    # a derivation that is checked
    "a derivation is text, not {kind}": "推导应为文本，而不是 {kind}",
    "a derivation has at most {most} lines": "推导最多 {most} 行",
    "there is no line to check": "没有可检查的行",
    "one side of '=' is missing": "'=' 缺少一边",
    "the first line has no left side": "第一行缺少左边",
    "{function} is not defined above this line; write {f} = …": "此行之前没有定义{function}；请写 {f} = …",
    "{symbol} does not say by which variable; write ∂{function}/∂{name}": "{symbol} 没有指明对哪个变量求导；请写 ∂{function}/∂{name}",
    # two expressions compared
    "undecided: no common normal form, and no point was found at which both sides are defined": "未判定：标准形不同，又没有找到两边都有定义的点",
    "undecided: no common normal form, and a function with a kink or a jump was seen on one side of it only":
        "未判定：标准形不同，且某个有尖点或跳跃的函数只见到了其一侧",
    "not equal: the sizes differ": "不相等：尺寸不同",
    "equal: proved, both have the same normal form": "相等：已证明，两边的标准形相同",
    "equal: evidence ({points} points, {numbers}), not a proof": "相等：数值依据（{points} 个点，{numbers}），并非证明",
    "not equal: different, at this point:": "不相等，例如取",
    "exact fractions": "精确分数",
    "{digits} digits": "{digits} 位数字",
    "floating point": "浮点数",
    "left = {value}": "左边 = {value}",
    "right = {value}": "右边 = {value}",
    "left - right = {value}": "左边 - 右边 = {value}",
    # the command line and the page
    "no answer within {seconds} seconds; --timeout raises the limit": "{seconds} 秒内没有得到答案；可用 --timeout 放宽",
    "too many requests wait; try again in a moment": "排队的请求过多，请稍后再试",
    "no answer within {seconds} seconds and {memory} MiB; the command line has no such limits": (
        "在 {seconds} 秒和 {memory} MiB 之内没有得到答案；命令行没有这些限制"
    ),
    "interrupted": "已中断",
    "{file} cannot be read: {reason}": "无法读取 {file}：{reason}",
    "No such file or directory": "文件不存在",
    "Permission denied": "没有权限",
    "Is a directory": "这是目录",
    "{what} is not UTF-8: byte {place} is 0x{byte}": "{what}不是 UTF-8 编码：第 {place} 个字节为 0x{byte}",
    "the arguments are not UTF-8": "命令行参数不是 UTF-8 编码",
    "the page needs Starlette and uvicorn: pip install 'matgrad[web]'": "网页需要 Starlette 和 uvicorn：pip install 'matgrad[web]'",
    "a request is a JSON object": "请求应为 JSON 对象",
    "unknown field {name}; fields are {fields}": "没有字段 {name}；可用的字段有 {fields}",
    "the field {name} is missing": "缺少字段 {name}",
    "{name} is a {type}": "{name} 的类型应为 {type}",
    "{name} is longer than {most} characters": "{name} 超过 {most} 个字符",
    "{name} holds half of a surrogate pair, which is no character": "{name} 中有半个代理对，不是字符",
    "{name} is one of {values}": "{name} 应为 {values} 之一",
    "{name} lies between {least} and {most}": "{name} 应在 {least} 与 {most} 之间",
    "the expression is too long to be shown": "表达式过长，无法显示",
    "this needs more memory than the page may use; a smaller input, or the command line, can do it": "网页的内存不够；请缩小输入，或使用命令行",
    "matgrad failed on this input ({kind}); please report it": "matgrad 处理此输入时出错（{kind}）；请报告此问题",
    "the lines of this derivation could not be evaluated: no suitable point was found, or the matrices are too large": (
        "推导的各行无法求值：找不到合适的点，或矩阵过大"
    ),
    # complex variables
    "{power} may be complex with many values: a power of a complex number has a whole exponent": "{power} 可能是多值的复数：复数的幂须取整数指数",
    "{name} is for real numbers here, and {argument} is not shown to be real; take real(…), imag(…) or abs(…) of it": (
        "{name} 在这里只用于实数，而 {argument} 未能证明为实数；请对它取 real(…)、imag(…) 或 abs(…)"
    ),
    "{function} is an unspecified function, and those are real": "{function} 是未指明的函数，这类函数只取实数",
    "{name} is {size}, and a Hermitian matrix is square": "{name} 的尺寸为 {size}，而埃尔米特矩阵须为方阵",
    "{name} is Hermitian and {fact}; only one of the two is used, so declare one": "{name} 既声明为埃尔米特矩阵又声明为 {fact}；二者只用其一，请只声明一种",
    "{what} is for real numbers, and {name} is complex; with complex numbers there are gradients of real functions": (
        "{what}只适用于实数，而 {name} 为复数；对复变量，只求实函数的梯度"
    ),
    "the gradient by complex variables is of a real function, and {function} is not shown to be real; "
    "take real(…), imag(…) or abs(…) of it, or declare what makes it real, such as A: hermitian(n)": (
        "对复变量求梯度的函数须取实值，而 {function} 未能证明为实数；请取 real(…)、imag(…) 或 abs(…)，或声明使它为实数的条件，例如 A: hermitian(n)"
    ),
    "code with complex numbers is written for numpy and jax, not for {target}": "含复数的代码只为 numpy 与 jax 生成，不为 {target} 生成",
    "the value of {name} is not an array of complex numbers": "{name} 的值不是复数数组",
    "{name} is for real numbers, and its argument is complex here": "{name} 只用于实数，而这里的自变量为复数",
    "an unspecified element-wise function is real; exp, sin, cos, sinh and cosh act on complex numbers": (
        "未指明的逐元素函数只取实数；可作用于复数的有 exp、sin、cos、sinh、cosh"
    ),
    "{fact} is said of real values only, not of complex ones{instead}": "{fact} 只用于实数，不用于复数{instead}",
    "; a complex matrix equal to its conjugate transpose is declared as hermitian(n)": "；等于自身共轭转置的复矩阵请声明为 hermitian(n)",
    "this may be the conjugate of {name} or {barred}; write \\operatorname{conj}({name}) or \\bar{{name}}": (
        "这可能是 {name} 的共轭，也可能是名字 {barred}；请写 \\operatorname{conj}({name}) 或 \\bar{{name}}"
    ),
    "an inner product of complex matrices may be tr(A^H*B) or tr(B^H*A); write one of them": "复矩阵的内积可能是 tr(A^H*B)，也可能是 tr(B^H*A)；请写明其一",
    "this may be the pseudo-inverse or the conjugate transpose; write \\top for a transpose, {adjoint} for the conjugate transpose, "
    "or the pseudo-inverse with products": "这可能是伪逆，也可能是共轭转置；转置请写 \\top，共轭转置请写 {adjoint}，伪逆请用乘积写出",
    "a star may be the conjugate transpose or part of a name; write \\top for a transpose, {adjoint} for the conjugate one, or a subscript": (
        "星号可能表示共轭转置，也可能是名字的一部分；转置请写 \\top，共轭转置请写 {adjoint}，名字请用下标"
    ),
    "minimisation": "求极小",
    "a derivation to check": "推导的检查",
    "a sum over samples": "对样本求和的形式",
    "a derivative of higher order": "高阶导数",
    "the Jacobian of a matrix": "矩阵的雅可比矩阵",
}


def told(error: MatgradError, lang: str) -> str:
    """The error as a page in this language shows it: the sentence, and the place where it is known."""
    return error.placed(spoken(error.phrase, lang))


def spoken(words: Words, lang: str) -> str:
    """A phrase in a language, its blanks filled."""
    return chinese(words) if lang == "zh" else str(words)


def chinese(words: Words) -> str:
    """A phrase in Chinese; one that has no row stays as it is."""
    if isinstance(words, Series):
        return JOINTS[words.joint].join(map(chinese, words.items))
    if isinstance(words, Phrase):
        return filled(CHINESE.get(words.template, words.template), {name: chinese(value) for name, value in words.fields.items()})
    return words
