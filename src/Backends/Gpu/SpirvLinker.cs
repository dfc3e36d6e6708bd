using System.Text;

namespace Nn.Backends.Gpu;

/// <summary>
/// Puts an epilogue into the SPIR-V of a tuned kernel: the function <see cref="KernelFunction.Name"/> gets a new body, its buffers the bindings behind the
/// kernel's own, and their offsets the words behind the offsets of those, so that the kernel's constants move on.
/// </summary>
internal static class SpirvLinker
{
    private const int HeaderWords = 5;

    /// <summary>The module with the epilogue in place.</summary>
    /// <param name="words">The kernel's module; its result is the last buffer.</param>
    /// <param name="buffers">Number of the kernel's own buffers.</param>
    /// <param name="function">The epilogue.</param>
    public static uint[] Link(ReadOnlySpan<uint> words, int buffers, KernelFunction function)
    {
        List<uint[]> code = Instructions(words);
        int added = function.Buffers.Count - 1;
        uint store = code.Single(x => Is(x, SpirvOp.Name) && Text(x).StartsWith(KernelFunction.Name + "(", StringComparison.Ordinal))[1];
        uint result = code.Single(x => Is(x, SpirvOp.Decorate) && x[2] == Spirv.Binding && x[3] == buffers - 1)[1];
        uint[] constants = code.Single(x => Is(x, SpirvOp.Variable) && x[3] == Spirv.PushConstant);
        uint block = code.Single(x => Is(x, SpirvOp.TypePointer) && x[1] == constants[1])[3];
        int structure = code.FindIndex(x => Is(x, SpirvOp.TypeStruct) && x[1] == block);
        uint member = code[structure][2], members = (uint)code[structure].Length - 2;
        uint resultOffset = MoveConstants(code, block, buffers, added);
        code[structure] = Resized([.. code[structure], .. Enumerable.Repeat(member, added)]);

        List<uint[]> head = Cut(code, store);
        SpirvModule m = SpirvModule.Of(words[3], code);
        for (uint i = 0; i < added; i++) m.DecorateMember(block, members + i, Spirv.Offset, 4 * ((uint)buffers + i));
        uint[] variables = [result, .. function.Buffers.Skip(1).Select((b, i) => SpirvWriter.Buffer(m, b, (uint)(buffers + i)))];

        foreach (uint[] x in head) m.Emit((SpirvOp)(x[0] & 0xFFFF), x.AsSpan(1));
        uint[][] parameters = [.. head.Where(x => Is(x, SpirvOp.FunctionParameter))];
        uint label = m.NewId();
        m.Emit(SpirvOp.Label, label);
        var scope = new SpirvScope(function.Buffers, variables, [], x => x.Op switch
        {
            KernelOp.Parameter => LoadParameter(m, code, parameters[x.Immediate], x.Type),
            KernelOp.Word => LoadWord(m, constants[2], member, x.Immediate == 0 ? resultOffset : members + (uint)x.Immediate - 1),
            _ => throw new InvalidOperationException($"an epilogue has no {x.Op}"),
        });
        SpirvBody.Write(m, function.Code, scope, label);
        m.Emit(SpirvOp.Return);
        m.Emit(SpirvOp.FunctionEnd);
        return m.Build();
    }

    private static bool Is(uint[] instruction, SpirvOp op) => (instruction[0] & 0xFFFF) == (uint)op;

    private static uint[] Resized(uint[] instruction)
    {
        instruction[0] = (uint)instruction.Length << 16 | (instruction[0] & 0xFFFF);
        return instruction;
    }

    private static List<uint[]> Instructions(ReadOnlySpan<uint> words)
    {
        var all = new List<uint[]>();
        for (int at = HeaderWords; at < words.Length;)
        {
            int length = (int)(words[at] >> 16);
            all.Add(words.Slice(at, length).ToArray());
            at += length;
        }

        return all;
    }

    private static string Text(uint[] name)
    {
        byte[] bytes = [.. name.Skip(2).SelectMany(BitConverter.GetBytes)];
        return Encoding.UTF8.GetString(bytes.AsSpan(0, Array.IndexOf(bytes, (byte)0)));
    }

    // Makes place for more offsets; the member that holds the result's.
    private static uint MoveConstants(List<uint[]> code, uint block, int buffers, int added)
    {
        uint resultOffset = 0;
        foreach (uint[] x in code.Where(x => Is(x, SpirvOp.MemberDecorate) && x[1] == block && x[3] == Spirv.Offset))
        {
            if (x[4] == 4 * (buffers - 1)) resultOffset = x[2];
            if (x[4] >= 4 * buffers) x[4] += 4 * (uint)added;
        }

        return resultOffset;
    }

    // Takes the function out; what stands before its first label.
    private static List<uint[]> Cut(List<uint[]> code, uint function)
    {
        int start = code.FindIndex(x => Is(x, SpirvOp.Function) && x[2] == function);
        int label = code.FindIndex(start, x => Is(x, SpirvOp.Label)), end = code.FindIndex(start, x => Is(x, SpirvOp.FunctionEnd));
        List<uint[]> head = code.GetRange(start, label - start);
        code.RemoveRange(start, end - start + 1);
        return head;
    }

    // GLSL hands its arguments over in variables.
    private static uint LoadParameter(SpirvModule m, List<uint[]> code, uint[] parameter, KernelType type)
    {
        if (!code.Exists(x => Is(x, SpirvOp.TypePointer) && x[1] == parameter[1])) return parameter[2];
        uint id = m.NewId();
        m.Emit(SpirvOp.Load, m.Type(type), id, parameter[2]);
        return id;
    }

    // Words are signed there.
    private static uint LoadWord(SpirvModule m, uint constants, uint type, uint member)
    {
        uint pointer = m.NewId(), word = m.NewId(), id = m.NewId();
        m.Emit(SpirvOp.AccessChain, m.Pointer(Spirv.PushConstant, type), pointer, constants, m.Constant(KernelType.I32, member));
        m.Emit(SpirvOp.Load, type, word, pointer);
        m.Emit(SpirvOp.Bitcast, m.Type(KernelType.I32), id, word);
        return id;
    }
}
