import { PermissionViolationError } from '@nats-io/transport-node';
import { Refusal } from '../core/diagnostic.ts';
import { LogHole } from '../core/log.ts';
import type { OutputMessage } from '../core/log.ts';
import { refusalOf } from './nats-watch.ts';

/** Messages `wanted` to `next - 1` of a log are gone. */
export function holeIn(log: string, wanted: number, next: number): LogHole {
  const range = next - 1 > wanted ? `messages ${wanted} to ${next - 1}` : `message ${wanted}`;
  return new LogHole(`${range} of ${log} ${next - 1 > wanted ? 'are' : 'is'} gone: the log goes on with ${next}`, wanted, next, [
    'they were purged, deleted, or fell out by the limits of the stream before they were read',
    '`on_gap: continue` in the source goes on and marks the gap; larger limits of the stream (max_age, max_bytes) keep more',
  ]);
}

export const logIsGone = (log: string, wanted: number): LogHole =>
  new LogHole(`${log} is not there: message ${wanted} cannot be read`, wanted, wanted, [
    'the stream was deleted, or its name is another; `nats stream ls` lists the streams',
  ]);

export const madeAnew = (log: string, before: string, now: string): Refusal =>
  new Refusal('E763', `${log} was made anew: it was created ${before}, and now ${now}`, {
    exit: 7, help: ['its sequences say nothing about the log that was there before', 'start the run anew, or put the old log back'],
  });

export const fellBack = (log: string, had: number, last: number): Refusal =>
  new Refusal('E763', `${log} has forgotten messages: it went to ${had} before, and ends with ${last} now`, {
    exit: 6, help: ['the server lost its newest messages, by a loss of power or because an older store was put back',
      'a restart of the run goes back to a checkpoint that the log still covers'],
  });

export const fenced = (log: string, found: string): Refusal =>
  new Refusal('E761', `somebody else writes to ${log}: ${found}`, {
    exit: 6, help: ['of two writers the older is fenced off: this one stops, and nothing of it follows', 'run one worker for each output'],
  });

/** True where the server does not let this client do what a log needs. */
export const violates = (error: unknown, ...subjects: readonly string[]): boolean =>
  error instanceof PermissionViolationError && subjects.some((s) => s !== '' && error.subject.startsWith(s));

export const notAllowed = (error: unknown): Refusal => refusalOf(error, 'the user of this connection')
  ?? new Refusal('E767', `the server refuses what a log needs: ${error instanceof Error ? error.message : String(error)}`, {
    exit: 6, cause: error, help: ['rights are given by subject under `permissions` in the configuration of the server'],
  });

export const logIsLost = (log: string): Refusal =>
  new Refusal('E763', `${log} is not there any more`, { exit: 6, help: ['the stream was deleted; `nats stream ls` lists the streams'] });

export const unplugged = (log: string): Refusal =>
  new Refusal('E765', `the connection that ${log} was open over has been closed`, {
    exit: 6, help: ['whoever closes a connection ends the logs first that are open over it'],
  });

export const tooLarge = (log: string, message: OutputMessage, payload: number, whole: number, most: number): Refusal =>
  new Refusal('E769', `message \`${message.id}\` to ${message.subject} has ${payload} bytes, up to ${whole} with its headers: `
    + `${log} takes ${most}`, {
    exit: 6, help: ['raise `max_payload` of the server (and `max_msg_size` of the stream), or put fewer rows into a message'],
  });
