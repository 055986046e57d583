// The numbers of the Preview testnet that the devnet keeps, so that slots and epochs read the same.

/** Unix time of slot 0; a slot lasts one second. */
export const SYSTEM_START = 1_666_656_000;
export const SLOTS_PER_EPOCH = 86_400;
export const MEAN_SLOTS_PER_BLOCK = 20;
/** The chain's security parameter k: nobody can undo more blocks than this. */
export const SECURITY_PARAMETER_BLOCKS = 432;
export const MAX_BLOCK_BODY_BYTES = 90_112;

export const NETWORK_MAGIC = 2;

export const slotOf = (unixSeconds) => Math.floor(unixSeconds) - SYSTEM_START;
export const timeOf = (slot) => SYSTEM_START + slot;
export const epochOf = (slot) => Math.floor(slot / SLOTS_PER_EPOCH);
