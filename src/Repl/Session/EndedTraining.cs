using Nn.Files;
using Nn.Training;

namespace Nn.Repl.Session;

/// <summary>A training that ended, by a change of the statements or a lost device, from which another can go on.</summary>
/// <param name="State">Its checkpoint.</param>
/// <param name="Epochs">Those that it came through.</param>
internal sealed record EndedTraining(Safetensors State, IReadOnlyList<EpochResult> Epochs);
