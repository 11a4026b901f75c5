import { PbfWriter } from 'pbf';
import { maskedCrc32c } from './crc32c.js';

/** Scalars of one step, as TensorBoard shows them: `loss/total` makes a card `total` in the section `loss`. */
export interface ScalarEvent {
  readonly step: number;
  /** Seconds since 1970. */
  readonly time: number;
  readonly scalars: Readonly<Record<string, number>>;
}

/** The first record of every event file. */
export function encodeFileVersion(time: number): Uint8Array {
  const event = new PbfWriter();
  event.writeDoubleField(1, time); // Event.wall_time
  event.writeStringField(3, 'brain.Event:2'); // Event.file_version
  return frame(event.finish());
}

/** One TFRecord holding one `Event` with a `Summary` of simple values. Non-finite values are left out: TensorBoard draws gaps badly. */
export function encodeScalars({ step, time, scalars }: ScalarEvent): Uint8Array {
  const event = new PbfWriter();
  event.writeDoubleField(1, time); // Event.wall_time
  event.writeVarintField(2, step); // Event.step
  event.writeMessage(5, writeSummary, scalars); // Event.summary
  return frame(event.finish());
}

function writeSummary(scalars: Readonly<Record<string, number>>, summary: PbfWriter): void {
  for (const entry of Object.entries(scalars)) {
    if (Number.isFinite(entry[1])) summary.writeMessage(1, writeValue, entry); // Summary.value, repeated
  }
}

function writeValue([tag, value]: [string, number], message: PbfWriter): void {
  message.writeStringField(1, tag); // Summary.Value.tag
  message.writeFloatField(2, value); // Summary.Value.simple_value
}

/** TFRecord framing: length as uint64, masked CRC of the length, data, masked CRC of the data; all little-endian. */
function frame(data: Uint8Array): Uint8Array {
  const record = new Uint8Array(12 + data.length + 4);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedCrc32c(record.subarray(0, 8)), true);
  record.set(data, 12);
  view.setUint32(12 + data.length, maskedCrc32c(data), true);
  return record;
}
