/** N-gram language models: training, files, ARPA. */
export { readArpa, writeArpa } from './arpa.ts';
export { decodeNgramModel, encodeNgramModel, loadNgramModel, type NgramFile, saveNgramModel } from './file.ts';
export { createNgramModel, type NgramModel, type NgramWeights } from './model.ts';
export { type NgramSettings, ngramSettings, trainNgramModel } from './train.ts';
