/** The lowest log-probability that a `Float32Array` holds: a token of it is as improbable as can be, but not excluded. */
export const LOWEST = -(2 - 2 ** -23) * 2 ** 127;
