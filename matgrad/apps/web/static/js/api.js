/** Asking the server. */
import { say } from "./words.js";

/** @typedef {{kind: string, message: string, field?: string | null, text?: string, start?: number, end?: number}} Refusal */

export class Refused extends Error {
  /** @param {Refusal} refusal */
  constructor(refusal) {
    super(refusal.message);
    this.refusal = refusal;
  }
}

/** The server's answer. Throws Refused with its reason, or AbortError.
 * @param {string} command
 * @param {Record<string, unknown>} request
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>} */
export async function ask(command, request, signal) {
  let response;
  try {
    response = await fetch(`api/${command}`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(request), signal });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Refused({ kind: "Busy", message: say("unreachable") });
  }
  const reply = await response.json();
  if (!response.ok) throw new Refused(reply.error);
  return reply;
}
