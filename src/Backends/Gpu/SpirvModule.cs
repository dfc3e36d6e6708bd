using System.Text;

namespace Nn.Backends.Gpu;

/// <summary>
/// A SPIR-V 1.3 module in the making: its sections in the order that the specification asks for. Types and constants are declared once.
/// </summary>
internal sealed class SpirvModule
{
    private readonly Dictionary<(SpirvOp Op, string Operands), uint> _declared = [];
    private readonly List<uint> _head = [], _annotations = [], _declarations = [], _functions = [];
    private readonly Dictionary<uint, uint> _arrays = [];
    private uint _bound = 1;

    /// <summary>The instructions of GLSL.std.450.</summary>
    public uint Glsl { get; private set; }

    /// <summary>Starts a module for compute shaders.</summary>
    public SpirvModule()
    {
        Put(_head, SpirvOp.Capability, Spirv.ShaderCapability);
        Glsl = NewId();
        Put(_head, SpirvOp.ExtInstImport, [Glsl, .. Text("GLSL.std.450")]);
        Put(_head, SpirvOp.MemoryModel, Spirv.LogicalAddressing, Spirv.Glsl450Memory);
    }

    private SpirvModule(uint bound) => _bound = bound;

    /// <summary>A module to go on with, from its instructions; ids from <paramref name="bound"/> on are free.</summary>
    public static SpirvModule Of(uint bound, IEnumerable<uint[]> instructions)
    {
        var m = new SpirvModule(bound);
        foreach (uint[] x in instructions) m.Adopt((SpirvOp)(x[0] & 0xFFFF), x);
        return m;
    }

    /// <summary>The finished module.</summary>
    public uint[] Build() => [Spirv.Magic, Spirv.Version13, 0, _bound, 0, .. _head, .. _annotations, .. _declarations, .. _functions];

    /// <summary>An id that nothing else has.</summary>
    public uint NewId() => _bound++;

    /// <summary>Names a function as the compute entry point.</summary>
    public void EntryPoint(uint function, string name, (int X, int Y, int Z) groupSize, params ReadOnlySpan<uint> inputs)
    {
        Put(_head, SpirvOp.EntryPoint, [Spirv.GlCompute, function, .. Text(name), .. inputs]);
        Put(_head, SpirvOp.ExecutionMode, function, Spirv.LocalSize, (uint)groupSize.X, (uint)groupSize.Y, (uint)groupSize.Z);
    }

    /// <summary>Decorates an id.</summary>
    public void Decorate(uint id, uint decoration, params ReadOnlySpan<uint> operands) => Put(_annotations, SpirvOp.Decorate, [id, decoration, .. operands]);

    /// <summary>Decorates a member of a structure.</summary>
    public void DecorateMember(uint id, uint member, uint decoration, params ReadOnlySpan<uint> operands) =>
        Put(_annotations, SpirvOp.MemberDecorate, [id, member, decoration, .. operands]);

    /// <summary>A type, declared at first use.</summary>
    public uint Type(SpirvOp op, params ReadOnlySpan<uint> operands)
    {
        string key = string.Join(' ', operands.ToArray());
        if (_declared.TryGetValue((op, key), out uint known)) return known;
        uint id = NewId();
        Put(_declarations, op, [id, .. operands]);
        return _declared[(op, key)] = id;
    }

    /// <summary>Type of the values of kernel code; integers are unsigned.</summary>
    public uint Type(KernelType type) => type switch
    {
        KernelType.F32 => Type(SpirvOp.TypeFloat, 32),
        KernelType.I32 => Type(SpirvOp.TypeInt, 32, 0),
        KernelType.Bool => Type(SpirvOp.TypeBool),
        _ => Type(SpirvOp.TypeVoid),
    };

    /// <summary>A pointer type.</summary>
    public uint Pointer(uint storage, uint type) => Type(SpirvOp.TypePointer, storage, type);

    /// <summary>A constant of 32 bits.</summary>
    public uint Constant(KernelType type, uint bits)
    {
        uint id = Type(type);
        string key = $"{id} {bits}";
        if (_declared.TryGetValue((SpirvOp.Constant, key), out uint known)) return known;
        uint constant = NewId();
        Put(_declarations, SpirvOp.Constant, id, constant, bits);
        return _declared[(SpirvOp.Constant, key)] = constant;
    }

    /// <summary>A variable of the module.</summary>
    public uint Variable(uint storage, uint type)
    {
        uint pointer = Pointer(storage, type), id = NewId();
        Put(_declarations, SpirvOp.Variable, pointer, id, storage);
        return id;
    }

    /// <summary>A structure with a layout: members one behind the other from 0, a block of a binding.</summary>
    public uint Block(params ReadOnlySpan<uint> members)
    {
        // Structures of the same members are different types: each may be decorated in its own way.
        uint id = NewId();
        Put(_declarations, SpirvOp.TypeStruct, [id, .. members]);
        Decorate(id, Spirv.Block);
        for (uint m = 0; m < members.Length; m++) DecorateMember(id, m, Spirv.Offset, 4 * m);
        return id;
    }

    /// <summary>An array of unknown length of 32-bit elements.</summary>
    public uint RuntimeArray(KernelType element)
    {
        uint type = Type(element);
        if (_arrays.TryGetValue(type, out uint known)) return known;
        uint id = Type(SpirvOp.TypeRuntimeArray, type);
        Decorate(id, Spirv.ArrayStride, 4);
        return _arrays[type] = id;
    }

    /// <summary>Adds an instruction to the functions.</summary>
    public void Emit(SpirvOp op, params ReadOnlySpan<uint> operands) => Put(_functions, op, operands);

    private void Adopt(SpirvOp op, uint[] x)
    {
        if (op == SpirvOp.ExtInstImport) Glsl = x[1];
        bool declares = op is >= SpirvOp.TypeVoid and < SpirvOp.Function or SpirvOp.Variable;
        List<uint> section = op == SpirvOp.Function || _functions.Count > 0 ? _functions
            : declares ? _declarations
            : op is SpirvOp.Decorate or SpirvOp.MemberDecorate ? _annotations
            : _head;
        section.AddRange(x);
        // Structures and arrays may be declared again; other types and constants must not be.
        if (op == SpirvOp.Constant && x.Length == 4) _declared.TryAdd((op, $"{x[1]} {x[3]}"), x[2]);
        else if (section == _declarations && op is <= SpirvOp.TypeVector or SpirvOp.TypePointer or SpirvOp.TypeFunction)
            _declared.TryAdd((op, string.Join(' ', x.Skip(2))), x[1]);
    }

    private static void Put(List<uint> section, SpirvOp op, params ReadOnlySpan<uint> operands)
    {
        section.Add((uint)(operands.Length + 1) << 16 | (uint)op);
        section.AddRange(operands);
    }

    // Four characters a word, the first in the lowest byte, a zero behind the last.
    private static uint[] Text(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        var words = new uint[bytes.Length / 4 + 1];
        for (int i = 0; i < bytes.Length; i++) words[i / 4] |= (uint)bytes[i] << 8 * (i % 4);
        return words;
    }
}
