using Nn.Graphs;

namespace Nn.Backends.Gpu;

/// <summary>
/// Kernel code as a SPIR-V 1.3 module for Vulkan 1.1: nothing but the Shader capability. Buffer i is a storage buffer at set 0, binding i (bytes are
/// words there: the bound range has to cover whole ones), the words are push constants.
/// </summary>
public static class SpirvWriter
{
    /// <summary>Name of the entry point.</summary>
    public const string EntryPoint = "main";

    /// <summary>The words of the module.</summary>
    public static uint[] Write(GeneratedKernel kernel)
    {
        var m = new SpirvModule();
        uint[] buffers = [.. kernel.Buffers.Select((b, i) => Buffer(m, b, (uint)i))];
        uint[] shared = [.. kernel.Code.Shared.Select(
            s => m.Variable(Spirv.Workgroup, m.Type(SpirvOp.TypeArray, m.Type(s.Type), m.Constant(KernelType.I32, (uint)s.Length))))];
        uint vector = m.Type(SpirvOp.TypeVector, m.Type(KernelType.I32), 3);
        uint words = Words(m, kernel.Words), groupId = m.Variable(Spirv.Input, vector), localId = m.Variable(Spirv.Input, vector);
        m.Decorate(groupId, Spirv.BuiltIn, Spirv.WorkgroupId);
        m.Decorate(localId, Spirv.BuiltIn, Spirv.LocalInvocationId);

        uint function = m.NewId(), label = m.NewId(), nothing = m.Type(KernelType.None);
        m.EntryPoint(function, EntryPoint, kernel.GroupSize, groupId, localId);
        m.Emit(SpirvOp.Function, nothing, function, 0, m.Type(SpirvOp.TypeFunction, nothing));
        m.Emit(SpirvOp.Label, label);
        var scope = new SpirvScope(kernel.Buffers, buffers, shared, x => x.Op switch
        {
            KernelOp.Word => LoadWord(m, words, (uint)x.Immediate),
            KernelOp.GroupId => LoadComponent(m, vector, groupId, (uint)x.Immediate),
            KernelOp.LocalId => LoadComponent(m, vector, localId, (uint)x.Immediate),
            _ => throw new InvalidOperationException($"a kernel has no {x.Op}"),
        });
        SpirvBody.Write(m, kernel.Code, scope, label);
        m.Emit(SpirvOp.Return);
        m.Emit(SpirvOp.FunctionEnd);
        return m.Build();
    }

    /// <summary>A storage buffer at a binding. Results may lie where operands do, so each may alias the others.</summary>
    internal static uint Buffer(SpirvModule m, KernelBuffer buffer, uint binding)
    {
        uint block = m.Block(m.RuntimeArray(KernelCode.TypeOf(buffer.Type))), id = m.Variable(Spirv.StorageBuffer, block);
        m.Decorate(id, Spirv.DescriptorSet, 0);
        m.Decorate(id, Spirv.Binding, binding);
        m.Decorate(id, Spirv.Aliased);
        if (!buffer.Written) m.DecorateMember(block, 0, Spirv.NonWritable);
        return id;
    }

    private static uint Words(SpirvModule m, int count)
    {
        uint[] members = [.. Enumerable.Repeat(m.Type(KernelType.I32), count)];
        return m.Variable(Spirv.PushConstant, m.Block(members));
    }

    private static uint LoadWord(SpirvModule m, uint words, uint number)
    {
        uint integer = m.Type(KernelType.I32), pointer = m.NewId(), id = m.NewId();
        m.Emit(SpirvOp.AccessChain, m.Pointer(Spirv.PushConstant, integer), pointer, words, m.Constant(KernelType.I32, number));
        m.Emit(SpirvOp.Load, integer, id, pointer);
        return id;
    }

    private static uint LoadComponent(SpirvModule m, uint vector, uint variable, uint component)
    {
        uint all = m.NewId(), id = m.NewId();
        m.Emit(SpirvOp.Load, vector, all, variable);
        m.Emit(SpirvOp.CompositeExtract, m.Type(KernelType.I32), id, all, component);
        return id;
    }
}
