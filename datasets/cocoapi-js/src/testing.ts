// Helpers of the tests beside this file.
import { CocoError } from './errors.js';

/** The CocoError that `act` must end with. */
export function failure(act: () => unknown): CocoError {
  try {
    act();
  } catch (error) {
    if (error instanceof CocoError) return error;
    throw error;
  }
  throw new Error('accepted although it should not be');
}
