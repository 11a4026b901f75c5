import type { Levels } from '../../native/binary.js';
import type { Activation, BinaryOutput } from '../../transform.js';
import { comparison, nanTest } from './comparison.js';
import { eachLane } from './shader.js';

/** Which steps a shader has between its dot products and its output; the numbers themselves come at run time. */
export interface OutputSteps {
  readonly scale: boolean;
  readonly offset: boolean;
  readonly activation: Activation['kind'] | 'none';
  readonly residual: 'before' | 'after' | 'none';
  readonly output: BinaryOutput['type'];
  readonly levels: Levels;
  readonly threshold: boolean;
  readonly flip: boolean;
}

/** Rows of `[O]` floats that the steps read from the storage array `parameters`, in order; the scales of the terms follow, then the flip bytes. */
export function parameterRows({ offset, activation, threshold }: OutputSteps): string[] {
  const activationRows = { none: [], clip: [], prelu: ['slope'], rprelu: ['shiftIn', 'slope', 'shiftOut'] };
  return [...(offset ? ['offset'] : []), ...activationRows[activation], ...(threshold ? ['threshold'] : [])];
}

/**
 * `fn item(pixel: i32, block: i32)`: all steps of a convolution for one pixel and up to four output channels of one group, over `dotsOf`.
 * Steps and order are those of `OutputTransform`.
 */
export function outputBody(steps: OutputSteps): string {
  return `
${parameterCode(steps)}
${storeCode(steps)}
${steps.output === 'dots' ? plainDots : transformed(steps)}
fn item(pixel: i32, block: i32) {
  let group = block / uniforms.blocksPerGroup;
  let first = block % uniforms.blocksPerGroup * 4;
  let count = min(4, uniforms.groupOut - first);
  let o = group * uniforms.groupOut + first;
  store(pixel, o, count, valuesOf(pixel, group, o, count));
}
`;
}

const plainDots = `
fn valuesOf(pixel: i32, group: i32, o: i32, count: i32) -> vec4<i32> {
  return dotsOf(windowOf(pixel, 0), 0, group, o, count);
}`;

function transformed(steps: OutputSteps): string {
  const rows = parameterRows(steps);
  const row = (name: string) => `parametersOf(${rows.indexOf(name)}, o)`;
  const prelu = `v = select(${row('slope')} * v, v, v >= vec4<f32>());`;
  const activation = {
    none: '',
    prelu,
    rprelu: `v -= ${row('shiftIn')};\n  ${prelu}\n  v += ${row('shiftOut')};`,
    // Comparisons rather than min and max, as in the reference.
    clip: `v = select(select(v, vec4(uniforms.high), v > vec4(uniforms.high)), vec4(uniforms.low), v < vec4(uniforms.low));`,
  };
  const residual = 'v += residualOf(pixel, o);';
  return `
fn termOf(pixel: i32, term: i32, group: i32, o: i32, count: i32) -> vec4<f32> {
  let dots = vec4<f32>(dotsOf(windowOf(pixel, term), term, group, o, count));
  return ${steps.scale ? `parametersOf(${rows.length} + term, o) * dots` : 'dots'};
}
fn valuesOf(pixel: i32, group: i32, o: i32, count: i32) -> vec4<f32> {
  var v = termOf(pixel, 0, group, o, count);
  for (var term = 1; term < uniforms.terms; term++) { v += termOf(pixel, term, group, o, count); }
  ${steps.offset ? `v += ${row('offset')};` : ''}
  ${steps.residual === 'before' ? residual : ''}
  ${activation[steps.activation]}
  ${steps.residual === 'after' ? residual : ''}
  return v;
}`;
}

/** How the steps read their numbers: lanes beyond the last output repeat it. */
function parameterCode({ residual, scale, ...steps }: OutputSteps): string {
  const lanes = 'min(vec4(0, 1, 2, 3) + o, vec4(uniforms.outChannels - 1))';
  const parametersOf = `
fn parameterAt(at: i32) -> f32 { return bitcast<f32>(parameters[at]); }
fn parametersOf(row: i32, o: i32) -> vec4<f32> {
  let at = row * uniforms.outChannels + ${lanes};
  return vec4(parameterAt(at.x), parameterAt(at.y), parameterAt(at.z), parameterAt(at.w));
}`;
  const residualOf = `
fn residualOf(pixel: i32, o: i32) -> vec4<f32> {
  let at = pixel * uniforms.outChannels + ${lanes};
  return vec4(residual[at.x], residual[at.y], residual[at.z], residual[at.w]);
}`;
  const rows = scale || parameterRows({ residual, scale, ...steps }).length > 0;
  return `${rows ? parametersOf : ''}${residual === 'none' ? '' : residualOf}`;
}

/** `fn store(pixel: i32, o: i32, count: i32, v)` of the first `count` values. */
function storeCode(steps: OutputSteps): string {
  if (steps.output === 'bits') return storeBits(steps);
  if (steps.output === 'int8') return storeBytes;
  return `
fn store(pixel: i32, o: i32, count: i32, v: vec4<${steps.output === 'dots' ? 'i32' : 'f32'}>) {
  let at = pixel * uniforms.outChannels + o;
${eachLane((lane, k) => `  if (count > ${k}) { result[at + ${k}] = v.${lane}; }`)}
}`;
}

/** Writes a few bits from bit `shift` of a word on. Other invocations write the rest of these words, hence the atomics, on an array of zeros. */
const storeShared = `
fn storeShared(word: i32, shift: u32, bits: u32) {
  atomicOr(&result[word], bits << shift);
  // Four outputs may begin anywhere, and the last of them belong to the next word.
  let beyond = select(bits >> (32u - shift), 0u, shift == 0u);
  if (beyond != 0u) { atomicOr(&result[word + 1], beyond); }
}`;

const storeBytes = `
${nanTest}
${storeShared}
fn byteOf(scaled: f32) -> u32 {
  // WGSL's round takes the even neighbour of a tie.
  let level = i32(clamp(round(scaled) + uniforms.zeroPoint, -128.0, 127.0));
  return bitcast<u32>(select(level, -128, isNan(bitcast<u32>(scaled)))) & 0xffu;
}
fn store(pixel: i32, o: i32, count: i32, v: vec4<f32>) {
  let scaled = v * uniforms.inverseStep;
  var bytes = 0u;
${eachLane((lane, k) => `  if (count > ${k}) { bytes |= byteOf(scaled.${lane}) << ${8 * k}u; }`)}
  let at = pixel * uniforms.outChannels + o;
  storeShared(at >> 2u, 8u * u32(at & 3), bytes);
}`;

function storeBits(steps: OutputSteps): string {
  const threshold = steps.threshold
    ? `bitcast<vec4<u32>>(parametersOf(${parameterRows(steps).indexOf('threshold')}, o))`
    : 'vec4<u32>()';
  const flipOf = `
fn flipOf(c: i32) -> bool {
  return ((parameters[uniforms.flipStart + (c >> 2u)] >> (8u * u32(c & 3))) & 0xffu) != 0u;
}`;
  return `${comparison(steps.levels)}
${storeShared}
${steps.flip ? flipOf : 'fn flipOf(c: i32) -> bool { return false; }'}
fn store(pixel: i32, o: i32, count: i32, v: vec4<f32>) {
  let values = bitcast<vec4<u32>>(v);
  let thresholds = ${threshold};
  var bits = 0u;
${eachLane((lane, k) => `  if (count > ${k}) { bits |= bitOf(values.${lane}, thresholds.${lane}, flipOf(o + ${k})) << ${k}u; }`)}
  storeShared(pixel * uniforms.outWords + (o >> 5u), u32(o & 31), bits);
}`;
}
