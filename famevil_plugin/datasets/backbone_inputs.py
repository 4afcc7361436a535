"""Photos and texts as an open_clip model was trained to see them."""

from typing import Any

from mmcv.transforms import BaseTransform
from open_clip.transform import image_transform_v2
from torchvision.transforms import Compose
from torchvision.transforms.functional import pil_to_tensor, to_pil_image

from famevil_plugin.findings import TaskStart
from famevil_plugin.models.backbone import backbone_config, preprocessing_of
from famevil_plugin.registry import TRANSFORMS
from famevil_plugin.tokenizer import FULL_VOCABULARY

from .transforms import TokenizeText, photo_names


@TRANSFORMS.register_module()
class BackboneInputs(BaseTransform):
    """open_clip's own evaluation view and tokenizer of a backbone.

    Stands for a crop and a tokenization in the pipelines of baselines: size,
    interpolation and cropping are what the weights came with. The data
    preprocessor normalises, by the backbone's statistics.

    Required keys: none. Modified: all photos, uint8 ``(3, H, W)`` ->
    ``(3, size, size)``. Added: ``tokens``, where there is a ``text``.

    Args:
        backbone (str | dict): As the encoder's.
        pretrained (str, optional): As the encoder's.
    """

    def __init__(
        self, backbone: str | dict[str, Any], pretrained: str | None = None
    ) -> None:
        text = backbone_config(backbone)['text_cfg']
        for key in ('hf_tokenizer_name', 'tokenizer_kwargs'):
            if text.get(key):
                raise ValueError(
                    f'text_cfg.{key} of the backbone must be unset, got '
                    f"{text[key]!r}: texts are read by CLIP's own tokenizer"
                )
        self.tokenize = TokenizeText(
            dict(
                vocab_size=text.get('vocab_size', FULL_VOCABULARY),
                context_length=text.get('context_length', 77),
            )
        )
        # the last two make floats and normalise
        *view, _, _ = image_transform_v2(
            preprocessing_of(backbone, pretrained), is_train=False
        ).transforms
        self.view = Compose([to_pil_image, *view, pil_to_tensor])

    def check_start(self, start: TaskStart) -> None:
        """Count what is cut from texts."""
        self.tokenize.check_start(start)

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Prepare."""
        for name in photo_names(results):
            results[name] = self.view(results[name])
        return self.tokenize.transform(results)
