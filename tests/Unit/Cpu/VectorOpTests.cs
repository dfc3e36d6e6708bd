using System.Reflection;
using Nn.Backends.Cpu.Emit;
using Nn.Graphs;

namespace Nn.Tests.Unit.Cpu;

/// <summary>Every operation that emitted code may call is there at every width, with the number of vectors that its use pushes.</summary>
public sealed class VectorOpTests
{
    private static readonly string[] OfFloats =
        [nameof(VectorOp.Floor), nameof(VectorOp.Round), nameof(VectorOp.Sqrt), nameof(VectorOp.MultiplyAdd), nameof(VectorOp.ToInt)];

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
                Assert.Equal(Operands(name), method.GetParameters().Length);
                string width = $"Vector{isa.Width * 32}";
                Assert.Contains(
                    method.GetParameters().Select(p => p.ParameterType).Append(method.ReturnType), t => t.Name.StartsWith(width, StringComparison.Ordinal));
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

    private static int Operands(string name) => name switch
    {
        nameof(VectorOp.StorePartly) or nameof(VectorOp.MultiplyAdd) or nameof(VectorOp.Select) => 3,
        nameof(VectorOp.Sequence) or nameof(VectorOp.Store) or nameof(VectorOp.Add) or nameof(VectorOp.Subtract) or nameof(VectorOp.Multiply) or
            nameof(VectorOp.Divide) or nameof(VectorOp.Min) or nameof(VectorOp.Max) or nameof(VectorOp.And) or nameof(VectorOp.Or) or
            nameof(VectorOp.Xor) or nameof(VectorOp.ShiftLeft) or nameof(VectorOp.ShiftRight) or nameof(VectorOp.Less) or nameof(VectorOp.LessEqual) or
            nameof(VectorOp.Greater) or nameof(VectorOp.Same) => 2,
        _ => 1,
    };
}
