using System.Reflection;
using Nn.Backends.Cpu.Emit;
using Nn.Graphs;

namespace Nn.Tests.Unit.Cpu;

/// <summary>Every operation that emitted code may call is there at every width, with the number of vectors that its use pushes.</summary>
public sealed class VectorOpTests
{
    private static readonly string[] OfFloats = [nameof(VectorOp.Floor), nameof(VectorOp.Round), nameof(VectorOp.Sqrt), nameof(VectorOp.MultiplyAdd), nameof(VectorOp.ToInt)];

    private static readonly Dictionary<VectorOp, int> Operands = new()
    {
        [VectorOp.Create] = 1, [VectorOp.Sequence] = 2, [VectorOp.Load] = 1, [VectorOp.Store] = 2, [VectorOp.StorePartly] = 3, [VectorOp.ToScalar] = 1,
        [VectorOp.Add] = 2, [VectorOp.Subtract] = 2, [VectorOp.Multiply] = 2, [VectorOp.Divide] = 2, [VectorOp.MultiplyAdd] = 3,
        [VectorOp.Min] = 2, [VectorOp.Max] = 2, [VectorOp.Negate] = 1, [VectorOp.Abs] = 1, [VectorOp.Floor] = 1, [VectorOp.Round] = 1, [VectorOp.Sqrt] = 1,
        [VectorOp.And] = 2, [VectorOp.Or] = 2, [VectorOp.Xor] = 2, [VectorOp.ShiftLeft] = 2, [VectorOp.ShiftRight] = 2,
        [VectorOp.Less] = 2, [VectorOp.LessEqual] = 2, [VectorOp.Greater] = 2, [VectorOp.Same] = 2, [VectorOp.Select] = 3,
        [VectorOp.AsFloat] = 1, [VectorOp.AsInt] = 1, [VectorOp.ToFloat] = 1, [VectorOp.ToInt] = 1,
        [VectorOp.FoldSum] = 1, [VectorOp.FoldMax] = 1, [VectorOp.FoldMin] = 1,
    };

    public static TheoryData<string> Names => [.. Declared.Select(p => p.Name)];

    private static IEnumerable<PropertyInfo> Declared =>
        typeof(VectorOp).GetProperties(BindingFlags.Public | BindingFlags.Static).Where(p => p.PropertyType == typeof(VectorOp));

    [Theory]
    [MemberData(nameof(Names))]
    public void An_operation_is_there_at_every_width(string name)
    {
        var op = (VectorOp)Declared.Single(p => p.Name == name).GetValue(null)!;
        DType[] types = OfFloats.Contains(name) || op == VectorOp.StorePartly ? [DType.F32]
            : op.Form is VectorForm.Sequence or VectorForm.Shift || op == VectorOp.FoldMin || op == VectorOp.ToFloat ? [DType.I32] : [DType.F32, DType.I32];
        foreach (VectorIsa isa in new[] { VectorIsa.V512, VectorIsa.V256, VectorIsa.V128 })
        {
            // The widest vectors have an instruction for it.
            if (op == VectorOp.StorePartly && isa.Width == 16) continue;
            foreach (DType type in types)
            {
                MethodInfo method = isa.Get(op, type);
                Assert.Equal(Operands[op], method.GetParameters().Length);
                string width = $"Vector{isa.Width * 32}";
                Assert.Contains(method.GetParameters().Select(p => p.ParameterType).Append(method.ReturnType), t => t.Name.StartsWith(width, StringComparison.Ordinal));
            }
        }
    }

    [Fact]
    public void Bytes_are_loaded_as_one_vector_of_integers()
    {
        foreach (VectorIsa isa in new[] { VectorIsa.V512, VectorIsa.V256, VectorIsa.V128 }) Assert.Equal(isa.Int, isa.LoadBytes.ReturnType);
    }

    [Fact]
    public void An_operation_that_integers_do_not_have_is_refused()
    {
        Assert.Throws<MissingMethodException>(() => VectorIsa.V128.Get(VectorOp.Floor, DType.I32));
    }
}
