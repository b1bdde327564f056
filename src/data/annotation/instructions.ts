/** Question–answer pairs and instruction pairs: their shape, and the chat turns that training reads. */
import { z } from 'zod';
import type { Message } from '../document.ts';
import { evidenceSchema } from './schema.ts';

/** As in Stanford Alpaca's and self-instruct's files: `input` may be empty. */
export const instructionPairSchema = z.object({
  instruction: z.string().min(1).describe('What is to be done'),
  input: z.string().default('').describe('What it is to be done with; may be empty'),
  output: z.string().min(1).describe('The answer'),
});

export const questionPairSchema = z.object({
  question: z.string().min(1).describe('A question about a document'),
  answer: z.string().min(1).describe('Its answer'),
  evidence: z.array(evidenceSchema).default([]).describe('Where the document says so'),
});

export type InstructionPair = z.output<typeof instructionPairSchema>;
export type QuestionPair = z.output<typeof questionPairSchema>;

/** The turns of an instruction pair; instruction and input are parted by an empty line. */
export function pairMessages({ instruction, input, output }: InstructionPair, system?: string): Message[] {
  const user = input === '' ? instruction : `${instruction}\n\n${input}`;
  return [
    ...(system === undefined ? [] : [{ role: 'system' as const, content: system }]),
    { role: 'user', content: user },
    { role: 'assistant', content: output },
  ];
}
