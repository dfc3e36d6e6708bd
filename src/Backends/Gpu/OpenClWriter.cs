using System.Globalization;
using System.Text;
using Nn.Graphs;

namespace Nn.Backends.Gpu;

/// <summary>
/// Kernel code as OpenCL C 1.2. All integers are <c>uint</c>, whose overflow is defined; what takes them as signed casts. Nothing is contracted, so
/// the bits depend on no option of the build; none of the options that relax arithmetic may be given.
/// </summary>
public static class OpenClWriter
{
    /// <summary>Usual name of the kernel function.</summary>
    public const string EntryPoint = "main_";

    /// <summary>
    /// The program text. The function takes the kernel's buffers as <c>__global</c> pointers, in order, then
    /// <see cref="GeneratedKernel.Words"/> arguments of type <c>uint</c>.
    /// </summary>
    public static string Write(GeneratedKernel kernel, string function = EntryPoint)
    {
        var text = new StringBuilder("#pragma OPENCL FP_CONTRACT OFF\n");
        (int x, int y, int z) = kernel.GroupSize;
        text.Append(CultureInfo.InvariantCulture, $"__kernel __attribute__((reqd_work_group_size({x}, {y}, {z})))\n");
        IEnumerable<string> arguments =
            [.. kernel.Buffers.Select((b, i) => Argument(b, $"b{i}")), .. Enumerable.Range(0, kernel.Words).Select(i => $"uint w{i}")];
        text.Append(CultureInfo.InvariantCulture, $"void {function}({string.Join(", ", arguments)})\n{{\n");
        for (int i = 0; i < kernel.Code.Shared.Count; i++)
            text.Append(CultureInfo.InvariantCulture, $"  __local {NameOf(kernel.Code.Shared[i].Type)} s{i}[{kernel.Code.Shared[i].Length}];\n");
        new Body(kernel.Code.Instructions, kernel.Buffers, text).Write();
        return text.Append("}\n").ToString();
    }

    /// <summary>
    /// The text of an epilogue, to stand in front of a kernel: a function of row, column and value, the pointers of its buffers, and the
    /// offset of each. What stands behind it may be contracted.
    /// </summary>
    public static string Write(KernelFunction function)
    {
        IEnumerable<string> arguments =
        [
            "uint p0", "uint p1", "float p2",
            .. function.Buffers.Select((b, i) => Argument(b, $"b{i}")), .. Enumerable.Range(0, function.Buffers.Count).Select(i => $"uint w{i}"),
        ];
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"void {KernelFunction.Name}({string.Join(", ", arguments)})\n{{\n#pragma OPENCL FP_CONTRACT OFF\n");
        new Body(function.Code.Instructions, function.Buffers, text).Write();
        return text.Append("}\n").ToString();
    }

    /// <summary>A buffer as an argument of a function.</summary>
    internal static string Argument(KernelBuffer buffer, string name)
    {
        string element = buffer.Type switch { DType.F32 => "float", DType.I32 => "uint", _ => "uchar" };
        return $"__global {(buffer.Written ? "" : "const ")}{element}* {name}";
    }

    private static string NameOf(KernelType type) => type switch
    {
        KernelType.F32 => "float",
        KernelType.I32 => "uint",
        KernelType.Bool => "bool",
        _ => throw new ArgumentException($"no value has the type {type}"),
    };

    private sealed class Body(IReadOnlyList<KernelInstruction> code, IReadOnlyList<KernelBuffer> buffers, StringBuilder text)
    {
        private int _depth = 1;

        public void Write()
        {
            for (int i = 0; i < code.Count; i++)
            {
                KernelInstruction x = code[i];
                if (KernelCode.IsGlobal(x.Op) || x.Op == KernelOp.Carry) continue;
                switch (x.Op)
                {
                    case KernelOp.Store: Line($"b{x.Immediate}[{Name(x.A)}] = {Name(x.B)};"); break;
                    case KernelOp.StoreShared: Line($"s{x.Immediate}[{Name(x.A)}] = {Name(x.B)};"); break;
                    case KernelOp.Barrier: Line("barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);"); break;
                    case KernelOp.If: Open($"if ({Name(x.A)})"); break;
                    case KernelOp.Loop: OpenLoop(i); break;
                    case KernelOp.EndLoop: NextTurn(x.A); Close(); break;
                    case KernelOp.EndIf: Close(); break;
                    default: Line($"const {NameOf(x.Type)} v{i} = {Value(x)};"); break;
                }
            }
        }

        private void Line(string line) => text.Append(' ', 2 * _depth).Append(line).Append('\n');

        private void Open(string head)
        {
            Line(head + " {");
            _depth++;
        }

        private void Close()
        {
            _depth--;
            Line("}");
        }

        private IEnumerable<int> Carried(int loop)
        {
            for (int c = loop + 1; c < code.Count && code[c].Op == KernelOp.Carry; c++) yield return c;
        }

        private void OpenLoop(int i)
        {
            KernelInstruction x = code[i];
            foreach (int c in Carried(i)) Line($"{NameOf(code[c].Type)} v{c} = {Name(code[c].A)};");
            Open($"for (uint v{i} = {Name(x.A)}; (int)v{i} < (int){Name(x.B)}; v{i} += {Name(x.C)})");
        }

        private void NextTurn(int loop)
        {
            foreach (int c in Carried(loop)) Line($"v{c} = {Name(code[c].B)};");
        }

        private string Name(int value)
        {
            KernelInstruction x = code[value];
            return x.Op switch
            {
                KernelOp.Constant => x.Type == KernelType.F32 ? Number(x.Immediate) : string.Create(CultureInfo.InvariantCulture, $"{(uint)x.Immediate}u"),
                KernelOp.GroupId => $"(uint)get_group_id({x.Immediate})",
                KernelOp.LocalId => $"(uint)get_local_id({x.Immediate})",
                KernelOp.Word => $"w{x.Immediate}",
                KernelOp.Parameter => $"p{x.Immediate}",
                _ => $"v{value}",
            };
        }

        // Nine digits name every float; what is not finite is named by its bits.
        private static string Number(int bits)
        {
            float value = BitConverter.Int32BitsToSingle(bits);
            if (!float.IsFinite(value)) return string.Create(CultureInfo.InvariantCulture, $"as_float(0x{bits:x8}u)");
            string digits = value.ToString("R", CultureInfo.InvariantCulture);
            string literal = digits.Contains('.') || digits.Contains('E') ? digits + "f" : digits + ".0f";
            return value < 0 || literal[0] == '-' ? $"({literal})" : literal;
        }

        private string Value(KernelInstruction x)
        {
            string a = x.A >= 0 ? Name(x.A) : "", b = x.B >= 0 ? Name(x.B) : "", c = x.C >= 0 ? Name(x.C) : "";
            bool signed = x.A >= 0 && code[x.A].Type == KernelType.I32;
            return x.Op switch
            {
                KernelOp.Load => buffers[x.Immediate].Type == DType.U8 ? $"(uint)b{x.Immediate}[{a}]" : $"b{x.Immediate}[{a}]",
                KernelOp.LoadShared => $"s{x.Immediate}[{a}]",
                KernelOp.Add => $"{a} + {b}",
                KernelOp.Sub => $"{a} - {b}",
                KernelOp.Mul => $"{a} * {b}",
                KernelOp.Div or KernelOp.Quotient => $"{a} / {b}",
                KernelOp.Remainder => $"{a} % {b}",
                KernelOp.Fma => $"fma({a}, {b}, {c})",
                KernelOp.Neg => $"-{a}",
                KernelOp.Abs => $"fabs({a})",
                KernelOp.Floor => $"floor({a})",
                KernelOp.Round => $"rint({a})",
                KernelOp.Sqrt => $"sqrt({a})",
                KernelOp.Less => signed ? $"(int){a} < (int){b}" : $"{a} < {b}",
                KernelOp.LessEqual => signed ? $"(int){a} <= (int){b}" : $"{a} <= {b}",
                KernelOp.Equal => $"{a} == {b}",
                KernelOp.And => $"{a} & {b}",
                KernelOp.Or => $"{a} | {b}",
                KernelOp.Xor => $"{a} ^ {b}",
                KernelOp.ShiftLeft => $"{a} << {b}",
                KernelOp.ShiftRight => $"{a} >> {b}",
                KernelOp.Select => $"{a} ? {b} : {c}",
                KernelOp.Convert => x.Type == KernelType.F32 ? $"convert_float((int){a})" : $"(uint)(int){a}",
                KernelOp.Bitcast => x.Type == KernelType.F32 ? $"as_float({a})" : $"as_uint({a})",
                _ => throw new InvalidOperationException($"{x.Op} has no value"),
            };
        }
    }
}
