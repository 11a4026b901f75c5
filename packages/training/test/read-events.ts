import { PbfReader } from 'pbf';
import { maskedCrc32c } from '../src/crc32c.js';

export interface ReadEvent {
  time: number;
  step: number;
  version?: string;
  scalars: Record<string, number>;
}

/** Reads a TensorBoard event file, checking both CRCs of every record. */
export function readEvents(bytes: Uint8Array): ReadEvent[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const events: ReadEvent[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = Number(view.getBigUint64(at, true));
    if (view.getUint32(at + 8, true) !== maskedCrc32c(bytes.subarray(at, at + 8)))
      throw new Error(`length CRC at byte ${at}`);
    const data = bytes.subarray(at + 12, at + 12 + length);
    if (view.getUint32(at + 12 + length, true) !== maskedCrc32c(data)) throw new Error(`data CRC at byte ${at}`);
    events.push(new PbfReader(data).readFields(readEventField, { time: 0, step: 0, scalars: Object.create(null) }));
    at += 16 + length;
  }
  return events;
}

function readEventField(field: number, event: ReadEvent, reader: PbfReader): void {
  if (field === 1) event.time = reader.readDouble();
  else if (field === 2) event.step = reader.readVarint();
  else if (field === 3) event.version = reader.readString();
  else if (field === 5) reader.readMessage(readSummaryField, event);
}

function readSummaryField(field: number, event: ReadEvent, reader: PbfReader): void {
  if (field !== 1) return;
  const value = reader.readMessage(readValueField, { tag: '', value: Number.NaN });
  event.scalars[value.tag] = value.value;
}

function readValueField(field: number, value: { tag: string; value: number }, reader: PbfReader): void {
  if (field === 1) value.tag = reader.readString();
  else if (field === 2) value.value = reader.readFloat();
}
