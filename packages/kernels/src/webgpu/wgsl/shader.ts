/** Invocations of one workgroup; 64 is a whole number of waves on every GPU we know of (32 or 64 lanes). */
export const workgroupSize = 64;

/** Numbers a shader reads through `uniforms.<name>`. Changing them needs no new pipeline. */
export interface Uniforms {
  readonly int: Readonly<Record<string, number>>;
  readonly float?: Readonly<Record<string, number>>;
}

/** The declaration of a storage array of a shader. */
export interface StorageArray {
  readonly name: string;
  readonly element: string;
  readonly access: 'read' | 'read_write';
}

/**
 * The text of a compute shader around `body`, which defines `fn item(column: i32, row: i32)`: it is called for every column below
 * `uniforms.columns` and every row below `uniforms.rows`, neighbouring columns by neighbouring invocations. The arrays are bindings from 1 on.
 */
export function shader(uniforms: Uniforms, arrays: readonly StorageArray[], body: string): string {
  const bindings = arrays.map(
    ({ name, element, access }, i) =>
      `@group(0) @binding(${i + 1}) var<storage, ${access}> ${name}: array<${element}>;`,
  );
  return `
struct Uniforms { columns: i32, rows: i32, ${uniformMembers(uniforms)} }
@group(0) @binding(0) var<uniform> uniforms: Uniforms;
${bindings.join('\n')}
${body}
@compute @workgroup_size(${workgroupSize})
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  // The loops go on where the grid ends: a dimension has at most 65535 workgroups.
  for (var row = i32(id.y); row < uniforms.rows; row += i32(groups.y)) {
    for (var column = i32(id.x); column < uniforms.columns; column += i32(groups.x) * ${workgroupSize}) {
      item(column, row);
    }
  }
}
`;
}

/** Members of the uniform structure after `columns` and `rows`: integers first, then floats. */
export function uniformMembers({ int, float = {} }: Uniforms): string {
  return [...Object.keys(int).map((name) => `${name}: i32`), ...Object.keys(float).map((name) => `${name}: f32`)].join(
    ', ',
  );
}

/** The uniform structure as bytes: every member has 4, and the size of a uniform binding is a multiple of 16. */
export function uniformBytes(columns: number, rows: number, { int, float = {} }: Uniforms): ArrayBuffer {
  const ints = [columns, rows, ...Object.values(int)];
  const floats = Object.values(float);
  const bytes = new ArrayBuffer(Math.ceil((ints.length + floats.length) / 4) * 16);
  new Int32Array(bytes).set(ints);
  new Float32Array(bytes).set(floats, ints.length);
  return bytes;
}

/** The text for every lane of a tile, `x` to `w`: WGSL has no unrolled loops. */
export function eachLane(text: (lane: 'x' | 'y' | 'z' | 'w', index: number) => string): string {
  return (['x', 'y', 'z', 'w'] as const).map(text).join('\n');
}
