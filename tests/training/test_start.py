"""First weights: an encoder's from a file, or a sentence that says what to do."""

from pathlib import Path

import pytest
import torch
from torchvision.models import resnet18

from handler.network import build_network
from handler.spec import NetworkSpec
from training import start
from training.start import IMAGENET, StartError, from_encoder, read_state_dict

SMALL = NetworkSpec(encoder="resnet18")


@pytest.fixture(scope="module")
def torchvision_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "resnet18.pth"
    torch.manual_seed(1)
    torch.save(resnet18(weights=None).state_dict(), path)
    return path


def test_a_torchvision_state_dict_starts_the_encoder_and_its_classifier_is_left_out(
    torchvision_file: Path,
) -> None:
    network = build_network(SMALL)
    from_encoder(SMALL, str(torchvision_file))(network)
    ours, theirs = network.state_dict(), read_state_dict(torchvision_file)
    assert torch.equal(ours["encoder.conv1.weight"], theirs["conv1.weight"])
    assert torch.equal(ours["encoder.layer4.1.bn2.weight"], theirs["layer4.1.bn2.weight"])


def test_weights_of_another_encoder_are_refused(torchvision_file: Path) -> None:
    spec = NetworkSpec(encoder="resnet34")
    with pytest.raises(StartError, match="not of this encoder"):
        from_encoder(spec, str(torchvision_file))(build_network(spec))


def test_a_broken_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "w.pth").write_bytes(b"nothing")
    with pytest.raises(StartError, match=r"w\.pth is no file of weights alone"):
        from_encoder(SMALL, str(tmp_path / "w.pth"))


def test_without_a_network_one_is_told_to_name_a_file_or_to_start_at_random(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def unreachable(*_arguments: object, **_named: object) -> None:
        raise OSError("no route to host")

    monkeypatch.setattr(start, "get_encoder", unreachable)
    with pytest.raises(StartError, match=r"no route to host.*--encoder-weights FILE.*--random-start"):
        from_encoder(SMALL, IMAGENET)
